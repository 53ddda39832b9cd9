import { expect, test } from '@jest/globals';
import type { ProjectManifest, RuntimeSpec } from '@computalot/contracts';
import { runtimeSpecOf } from './runtime-spec-of.js';

const commands = [{ command: ['true'] }];
const services = [{ name: 'db', command: ['db'] }];

test.each<[string, ProjectManifest | null, RuntimeSpec | null]>([
  ['no manifest', null, null],
  ['nothing to do', { version: 1, entrypoint: { command: ['x'] }, runtime: { kind: 'process', workdir: './' } }, null],
  ['empty lists', { runtime: { init: { commands: [] }, services: [] }, validation: { files: [] } }, null],
  ['a folder', { runtime: { workdir: './src/' } }, { workdir: 'src' }],
  [
    'everything',
    { runtime: { kind: 'oci', init: { commands }, services }, validation: { files: ['a'] } },
    { kind: 'oci', init: commands, services, validation: { files: ['a'] } },
  ],
])('%s', (_name, manifest, spec) => expect(runtimeSpecOf(manifest)).toEqual(spec));
