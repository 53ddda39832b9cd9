import { describe, expect, test } from '@jest/globals';
import { placementFacts, placementFactsIn } from './placement-facts.js';

const worker = 'wrk_01m8840bmef7t8v4w9r0q2z6xk';
const uuid = '019f6c55-0a1b-7c3d-8e4f-5a6b7c8d9e0f';

describe('what tells where work runs', () => {
  test.each<[string, unknown, string]>([
    ['the id of a worker', { error: { message: `lost with ${worker}` } }, '/error/message holds the id of a worker'],
    ['an internal id', { tasks: [{ lease: uuid }] }, '/tasks/0/lease holds an internal id'],
    ['a field', { job: { current_node: null } }, '/job/current_node is a field of placement'],
    ['an image', { note: `runs sha256:${'a'.repeat(64)}` }, '/note holds the digest of an image'],
    ['a key', { link: `artifacts/${uuid}/abc` }, 'a key of the object store'],
    ['an address', { detail: 'connect ECONNREFUSED 10.0.0.7:9000' }, 'an address in the network'],
    ['a name', { detail: 'worker-1 is full' }, 'the word "worker-1"'],
    ['a path', { detail: 'no such file: /data/worker-1/slots/3' }, 'the word "/data/worker-1"'],
  ])('%s', (_, body, fact) => {
    expect(placementFacts(body, ['worker-1', '/data/worker-1']).join('\n')).toContain(fact);
  });
});

describe('what does not', () => {
  test.each<[string, unknown]>([
    ['what users sent', { payload: { worker_id: worker }, meta: uuid, env: { HOST: 'worker-1' }, tags: ['worker-1'] }],
    ['what programs wrote', { result: { host: 'worker-1' }, live_feedback: { output_tail: 'on worker-1' } }],
    ['public ids', { id: 'job_01m8840bmef7t8v4w9r0q2z6xk', artifacts: ['art_01m8840bmef7t8v4w9r0q2z6xk'] }],
    ['the id of a request', { request_id: `req_${uuid}` }],
    ['a longer word', { detail: 'worker-10 and my-worker-1' }],
  ])('%s', (_, body) => {
    expect(placementFacts(body, ['worker-1'])).toEqual([]);
  });
});

test('answers are looked into by their type', () => {
  const bad = JSON.stringify({ worker_id: 1 });
  expect(placementFactsIn('application/json; charset=utf-8', bad)).toHaveLength(1);
  expect(placementFactsIn('application/problem+json', bad)).toHaveLength(1);
  expect(placementFactsIn('application/x-ndjson', `${bad}\n{}\n${bad}\n`)).toHaveLength(2);
  expect(placementFactsIn('text/event-stream', `retry: 1\n\nid: 1\nevent: job\ndata: ${bad}\n\n`)).toHaveLength(1);
  expect(placementFactsIn('text/plain', bad)).toEqual([]);
});
