import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

/**
 * Plants one violation per file in a copy of the workspace's skeleton (configuration and package.json files, no code) and lints it as
 * `npm run lint` does: Nx builds the graph, ESLint reads it. One lint run serves all cases.
 */
const repository = resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);
const rule = '@nx/enforce-module-boundaries';

interface Case {
  readonly name: string;
  readonly file: string;
  readonly code: string;
  readonly rule?: string;
  readonly says?: RegExp;
}

/** What the rule answers to a direction, as opposed to an import it could not find at all. */
const direction =
  /can only depend on|can not depend on|cannot depend on|is not allowed to import|cannot be imported by a relative/;

const importing = (what: string): string => `import * as it from '${what}';\nexport const planted = it;\n`;

const violations: readonly Case[] = [
  { name: 'a service imports a service', file: 'apps/planner/src/a.ts', code: importing('@computalot/scheduler') },
  {
    name: 'a service reaches into a service by path',
    file: 'apps/planner/src/b.ts',
    code: importing('../../scheduler/src/index.js'),
  },
  { name: 'a service imports the worker', file: 'apps/scheduler/src/a.ts', code: importing('@computalot/worker') },
  { name: 'a service imports standalone', file: 'apps/notifier/src/a.ts', code: importing('@computalot/standalone') },
  { name: 'the worker imports the database', file: 'apps/worker/src/a.ts', code: importing('@computalot/database') },
  {
    name: 'the worker loads the database dynamically',
    file: 'apps/worker/src/b.ts',
    code: `export const it = await import('@computalot/database');\n`,
  },
  {
    name: 'the worker reaches the database through an adapter that re-exports it',
    file: 'apps/worker/src/c.ts',
    code: importing('@computalot/messaging'),
    says: /messaging -> @computalot\/database/,
  },
  {
    name: 'an adapter re-exports the database',
    file: 'libs/messaging/src/a.ts',
    code: `export * from '@computalot/database';\n`,
  },
  { name: 'the domain imports a driver', file: 'libs/jobs/src/a.ts', code: importing('pg') },
  { name: 'the domain imports the framework', file: 'libs/placement/src/a.ts', code: importing('@nestjs/common') },
  { name: 'the domain imports an adapter', file: 'libs/jobs/src/b.ts', code: importing('@computalot/object-store') },
  {
    name: 'the domain opens files',
    file: 'libs/jobs/src/c.ts',
    code: importing('node:fs'),
    rule: 'no-restricted-imports',
    says: /touch nothing outside/,
  },
  { name: 'the kernel imports the framework', file: 'libs/kernel/src/a.ts', code: importing('@nestjs/core') },
  { name: 'the kernel imports the domain', file: 'libs/kernel/src/b.ts', code: importing('@computalot/placement') },
  { name: 'contracts import the kernel', file: 'libs/contracts/src/a.ts', code: importing('@computalot/kernel') },
  { name: 'the client imports the domain', file: 'libs/sdk/src/a.ts', code: importing('@computalot/jobs') },
  { name: 'a service imports testing', file: 'apps/artifact/src/a.ts', code: importing('@computalot/testing') },
  { name: 'an adapter imports testing', file: 'libs/live-feed/src/a.ts', code: importing('@computalot/testing') },
  {
    name: 'a spec of a service imports a service',
    file: 'apps/planner/src/a.spec.ts',
    code: importing('@computalot/scheduler'),
  },
  {
    name: 'the system tests import a service',
    file: 'apps/system-e2e/src/a.spec.ts',
    code: importing('@computalot/api-gateway'),
  },
  {
    name: 'a service imports what is for its specs',
    file: 'apps/planner/src/a-duty/d.ts',
    code: importing('../testing/support.js'),
    rule: 'no-restricted-imports',
    says: /Only specs/,
  },
  {
    name: 'a package nobody declared',
    file: 'apps/planner/src/c.ts',
    code: importing('undeclared-package'),
    says: /Only packages defined/,
  },
  {
    name: 'a project without tags imports anything',
    file: 'apps/stray/src/a.ts',
    code: importing('@computalot/kernel'),
    says: /without tags/,
  },
];

const allowed: readonly Case[] = [
  { name: 'a service imports an adapter', file: 'apps/planner/src/fine.ts', code: importing('@computalot/database') },
  { name: 'the worker imports its host', file: 'apps/worker/src/fine.ts', code: importing('@computalot/service-host') },
  { name: 'standalone imports a service', file: 'apps/standalone/src/fine.ts', code: importing('@computalot/planner') },
  { name: 'an adapter imports the domain', file: 'libs/database/src/fine.ts', code: importing('@computalot/jobs') },
  { name: 'a spec imports testing', file: 'libs/database/src/fine.spec.ts', code: importing('@computalot/testing') },
  {
    name: 'what only specs use imports testing',
    file: 'apps/planner/src/testing/support.ts',
    code: importing('@computalot/testing'),
  },
  {
    name: 'a spec of the worker imports testing',
    file: 'apps/worker/src/fine.spec.ts',
    code: importing('@computalot/testing'),
  },
];

let copy = '';
let found = new Map<string, { ruleId: string; message: string }[]>();

async function skeleton(): Promise<void> {
  copy = await mkdtemp(join(tmpdir(), 'computalot-boundaries-'));
  const shared = [
    'package.json',
    'package-lock.json',
    'nx.json',
    '.nxignore',
    'eslint.config.mjs',
    'tools',
    'tsconfig.base.json',
    'tsconfig.spec.json',
  ];
  for (const name of shared) await cp(join(repository, name), join(copy, name), { recursive: true });
  await linkPackages();
  for (const folder of ['apps', 'libs']) {
    for (const project of await readdir(join(repository, folder))) {
      await plant(`${folder}/${project}/src/index.ts`, 'export {};\n');
      await cp(join(repository, folder, project, 'package.json'), join(copy, folder, project, 'package.json'));
      await symlink(join(copy, folder, project), join(copy, 'node_modules/@computalot', project));
    }
  }
  await plant('apps/stray/package.json', JSON.stringify({ name: '@computalot/stray', type: 'module' }));
}

/** The installed packages, with the workspace's own names pointing into the copy. */
async function linkPackages(): Promise<void> {
  await mkdir(join(copy, 'node_modules/@computalot'), { recursive: true });
  for (const name of await readdir(join(repository, 'node_modules'))) {
    if (name !== '@computalot') await symlink(join(repository, 'node_modules', name), join(copy, 'node_modules', name));
  }
}

async function plant(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(copy, path)), { recursive: true });
  await writeFile(join(copy, path), text);
}

async function lintCopy(): Promise<void> {
  const env = {
    ...process.env,
    NX_DAEMON: 'false',
    NX_WORKSPACE_ROOT_PATH: copy,
    NX_WORKSPACE_DATA_DIRECTORY: join(copy, '.nx-data'),
  };
  const options = { cwd: copy, env: { ...env, NODE_OPTIONS: '' }, maxBuffer: 64 * 1024 * 1024 };
  const modules = join(repository, 'node_modules');
  await run(process.execPath, [join(modules, 'nx/dist/bin/nx.js'), 'graph', '--file=graph.json'], options);
  const eslint = [
    join(modules, 'eslint/bin/eslint.js'),
    '--format',
    'json',
    '--output-file',
    'lint.json',
    'apps',
    'libs',
  ];
  await run(process.execPath, eslint, options).catch((error: { code?: number; stderr?: string }) => {
    if (error.code !== 1) throw new Error(`eslint could not run: ${error.stderr}`);
  });
  const report = JSON.parse(await readFile(join(copy, 'lint.json'), 'utf8')) as {
    filePath: string;
    messages: { ruleId: string; message: string }[];
  }[];
  found = new Map(report.map((file) => [file.filePath.slice(copy.length + 1), file.messages]));
}

beforeAll(async () => {
  await skeleton();
  for (const each of [...violations, ...allowed]) await plant(each.file, each.code);
  await lintCopy();
}, 120_000);

afterAll(() => rm(copy, { recursive: true, force: true }));

describe('planted violations', () => {
  test.each(violations)('$name', ({ file, says = direction, rule: expected = rule }) => {
    const messages = found.get(file) ?? [];
    expect(messages.map((message) => message.ruleId)).toContain(expected);
    expect(messages.map((message) => message.message).join('\n')).toMatch(says);
  });
});

describe('legal directions', () => {
  test.each(allowed)('$name', ({ file }) => {
    expect(found.get(file)?.filter((message) => message.ruleId === rule)).toEqual([]);
  });
});

test('every project carries a layer and a scope, and no rule is for everybody', async () => {
  const { depConstraints } = (await import(join(repository, 'tools/boundaries.mjs'))) as {
    depConstraints: { sourceTag: string }[];
  };
  const rows = depConstraints.map((row) => row.sourceTag);
  expect(rows.filter((tag) => tag.includes('*'))).toEqual([]);
  for (const folder of ['apps', 'libs']) {
    for (const project of await readdir(join(repository, folder))) {
      const manifest = JSON.parse(await readFile(join(repository, folder, project, 'package.json'), 'utf8')) as {
        nx?: { tags?: string[] };
      };
      const tags = manifest.nx?.tags ?? [];
      expect({ project, known: tags.filter((tag) => rows.includes(tag)).length }).toEqual({ project, known: 1 });
      expect(tags).toContain(`scope:${project}`);
    }
  }
});
