import { encodeId, newUuid } from '@computalot/kernel';
import { objectKeys } from '@computalot/object-store';
import { UPLOAD } from '../../../upload-artifact/upload.js';
import type { ContractCases } from '../contract-case.js';
import type { ContractWorld } from '../contract-world.js';
import { announceTooMuch } from './announce-too-much.js';
import { downloadsFromElsewhere } from './external.cases.js';
import { aJob } from './jobs.cases.js';

export const artifactCases: ContractCases = {
  uploadArtifact: async (world) => {
    const headers = { 'content-type': 'application/octet-stream', 'x-artifact-filename': 'a%20file.bin' };
    await world.contract.answers('uploadArtifact', 201, { raw: Buffer.from('uploaded'), headers });
    await world.contract.answers('uploadArtifact', 'malformed_request', {
      raw: Buffer.from('nameless'),
      headers: { 'content-type': 'text/csv' },
    });
    await world.database.query('UPDATE accounts SET max_storage_bytes = 1 WHERE id = $1', [world.owner.id]);
    await world.contract.answers('uploadArtifact', 'storage_full', { raw: Buffer.from('no room'), headers });
    await world.database.query('UPDATE accounts SET max_storage_bytes = NULL WHERE id = $1', [world.owner.id]);
    await announceTooMuch(world, 'uploadArtifact', '/api/v1/artifacts', UPLOAD);
  },

  deleteArtifact: async (world) => {
    const path = { id: await anArtifact(world) };
    await world.contract.answers('deleteArtifact', 204, { path });
    for (const operation of ['getArtifact', 'downloadArtifact', 'deleteArtifact'])
      await world.contract.answers(operation, 'not_found', { path });
  },

  listArtifacts: async (world) => {
    await anArtifact(world);
    await world.contract.answers('listArtifacts', 200);
  },

  getArtifact: async (world) => {
    await world.contract.answers('getArtifact', 200, { path: { id: await anArtifact(world) } });
  },

  downloadArtifact: async (world) => {
    const path = { id: await anArtifact(world) };
    await world.contract.answers('downloadArtifact', 200, { path });
    await world.contract.answers('downloadArtifact', 206, { path, headers: { range: 'bytes=0-1' } });
    await world.contract.answers('downloadArtifact', 'range_not_satisfiable', { path, headers: { range: 'bytes=5-' } });
    const key = objectKeys.artifact(world.owner.id, 'c'.repeat(64));
    await world.gateway.objects.put(key, Buffer.from('byt'));
    await world.contract.answers('downloadArtifact', 'content_lost', { path });
    await world.gateway.objects.put(key, Buffer.from('bytes'));
    await downloadsFromElsewhere(world);
  },
};

/** Five bytes that a task left; the public id. */
async function anArtifact(world: ContractWorld): Promise<string> {
  const job = await aJob(world);
  const id = newUuid();
  const sha256 = 'c'.repeat(64);
  await world.gateway.objects.put(objectKeys.artifact(world.owner.id, sha256), Buffer.from('bytes'));
  await world.database.query(
    `INSERT INTO artifacts (id, account_id, job_id, task_index, attempt, filename, size_bytes, sha256, published_at) VALUES ($1, $2, $3, 1, 1, 'f', 5, $4, now())`,
    [id, world.owner.id, job.uuid, sha256],
  );
  return encodeId('art', id);
}
