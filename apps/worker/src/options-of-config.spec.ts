import { expect, test } from '@jest/globals';
import { loadConfig } from '@computalot/service-host';
import { workerConfig } from './config.js';
import { gpusOf } from './offer-resources/detect-resources.js';
import { optionsOf } from './options-of-config.js';

const env = { BROKER_URL: 'amqp://x', LIVE_URL: 'redis://x' };
const identity = { workerId: 'w', name: 'n', dataDir: '/d' };
const read = (more: Record<string, string> = {}, path = '/own/bin') =>
  optionsOf(loadConfig(workerConfig, { ...env, ...more }), identity, path);

test('offers only what is set, so that the rest is detected', () => {
  expect(read().offers).toEqual({});
  expect(read({ WORKER_CPU: '1.5', WORKER_GPU: '0' }).offers).toEqual({ cpu: 1.5, gpu: 0 });
});

test('labels are strings', () => {
  expect(read({ WORKER_LABELS: '{"zone":"a"}' }).labels).toEqual({ zone: 'a' });
  for (const bad of ['[]', 'x', '{"a":1}', 'null']) expect(() => read({ WORKER_LABELS: bad })).toThrow('WORKER_LABELS');
});

test('tasks find the system first, then what the worker finds, never a relative entry', () => {
  const entries = read({}, '/own/bin:relative:/usr/bin').taskPath?.split(':') ?? [];
  expect(entries.indexOf('/usr/bin')).toBeLessThan(entries.indexOf('/own/bin'));
  expect(entries.every((entry) => entry.startsWith('/'))).toBe(true);
});

test('GPU listings: the smallest memory counts, nonsense is not a GPU', () => {
  expect(gpusOf('81559\n40960\n')).toEqual({ gpu: 2, gpu_memory_gb: 42.94 });
  expect(gpusOf('No devices were found')).toBeNull();
});
