import { expect, test } from '@jest/globals';
import type { Resources } from '@computalot/contracts';
import { builtinProfiles, resolveRequirements } from './requirements.js';

test.each<[string, Resources, Resources | undefined, Resources]>([
  ['the profile alone', builtinProfiles.gpu, undefined, { cpu: 1, gpu: 1 }],
  ['a field of its own', builtinProfiles.cpu, { cpu: 0.5 }, { cpu: 0.5 }],
  ['a zero is a word too', builtinProfiles.gpu, { gpu: 0 }, { cpu: 1, gpu: 0 }],
  ['fields add up', builtinProfiles.cpu, { memory_gb: 2 }, { cpu: 1, memory_gb: 2 }],
  ['labels merge by name', { labels: { a: '1', b: '1' } }, { labels: { b: '2' } }, { labels: { a: '1', b: '2' } }],
  ['gpu memory means a gpu', builtinProfiles.cpu, { gpu_memory_gb: 8 }, { cpu: 1, gpu: 1, gpu_memory_gb: 8 }],
])('%s', (_, profile, requirements, expected) => {
  const before = structuredClone(profile);
  expect(resolveRequirements(profile, requirements)).toEqual(expected);
  expect(profile).toEqual(before);
});
