import { buffer } from 'node:stream/consumers';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { ARCHIVE } from '../../../push-revision/archive.js';
import { seedProject } from '../../seed-job.js';
import type { ContractCases } from '../contract-case.js';
import { announceTooMuch } from './announce-too-much.js';

export const projectCases: ContractCases = {
  createProject: async ({ contract }) => {
    for (const body of contract.exampleBodies('createProject')) {
      await contract.answers('createProject', 201, { body });
      await contract.answers('createProject', 'project_exists', { body });
    }
  },

  listProjects: async ({ contract, database, owner }) => {
    await seedProject(database, owner.id, 'listed');
    await contract.answers('listProjects', 200);
  },

  getProject: async ({ contract, database, owner }) => {
    await seedProject(database, owner.id, 'shown');
    await contract.answers('getProject', 200, { path: { name: 'shown' } });
  },

  getProjectStatus: async ({ contract, database, owner }) => {
    await seedProject(database, owner.id, 'asked');
    await contract.answers('getProjectStatus', 200, { path: { name: 'asked' } });
    await contract.answers('createProject', 201, { body: { name: 'never-pushed' } });
    await contract.answers('getProjectStatus', 200, { path: { name: 'never-pushed' } });
  },

  initProject: async ({ contract, database, owner }) => {
    await seedProject(database, owner.id, 'warmed');
    await contract.answers('initProject', 202, { path: { name: 'warmed' } });
    await contract.answers('createProject', 201, { body: { name: 'cold' } });
    await contract.answers('initProject', 'project_has_no_revision', { path: { name: 'cold' } });
  },

  listRevisions: async ({ contract, database, owner }) => {
    await seedProject(database, owner.id, 'pushed-once');
    await contract.answers('listRevisions', 200, { path: { name: 'pushed-once' } });
  },

  deleteProject: async ({ contract, database, owner }) => {
    await seedProject(database, owner.id, 'busy');
    await contract.answers('submitJob', 201, { body: { project: 'busy' } });
    await contract.answers('deleteProject', 'project_in_use', { path: { name: 'busy' } });
    await contract.answers('createProject', 201, { body: { name: 'idle' } });
    await contract.answers('deleteProject', 204, { path: { name: 'idle' } });
    // So that the other checks of this operation find the project that they leave alone.
    await contract.answers('createProject', 201, { body: { name: 'idle' } });
  },

  pushRevision: async (world) => {
    const { contract } = world;
    await contract.answers('createProject', 201, { body: { name: 'code' } });
    const push = (raw: Buffer) => ({ path: { name: 'code' }, raw, headers: { 'content-type': 'application/gzip' } });
    await contract.answers('pushRevision', 201, push(await archiveOf('run.py', 'print(1)')));
    await contract.answers('pushRevision', 'invalid_archive', push(Buffer.from('no archive')));
    await contract.answers('pushRevision', 'unsafe_archive', push(await archiveOf('../up', 'x')));
    await contract.answers('pushRevision', 'invalid_manifest', push(await manifest({ version: 2 })));
    await world.database.query('UPDATE accounts SET max_storage_bytes = 1 WHERE id = $1', [world.owner.id]);
    await contract.answers('pushRevision', 'storage_full', push(await archiveOf('run.py', 'print(2)')));
    await world.database.query('UPDATE accounts SET max_storage_bytes = NULL WHERE id = $1', [world.owner.id]);
    await announceTooMuch(world, 'pushRevision', '/api/v1/projects/code/push', ARCHIVE);
  },
};

const manifest = (value: object) => archiveOf('computalot.project.json', JSON.stringify(value));

/** A tar.gz with one file under that name. */
async function archiveOf(name: string, text: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'computalot-contract-'));
  try {
    await writeFile(join(folder, 'file'), text);
    const renamed = {
      gzip: true,
      cwd: folder,
      portable: true,
      onWriteEntry: (entry: { path: string }) => void (entry.path = name),
    };
    return await buffer(create(renamed, ['file']));
  } finally {
    await rm(folder, { recursive: true });
  }
}
