import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TaskReport } from '@computalot/contracts';
import { encodeId, newUuid } from '@computalot/kernel';
import { Logger } from '@nestjs/common';
import { AcceptAssignments } from '../accept-assignments/accept-assignments.service.js';
import {
  Outside,
  assign,
  contextOf,
  decode,
  endOf,
  serveObjects,
  startWorker,
  type TestWorker,
} from '../testing/outside.js';

const outside = new Outside();
let server: Server;
let worker: TestWorker;

beforeAll(async () => {
  Logger.overrideLogger(false);
  server = await serveObjects(outside);
  outside.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  worker = await startWorker(outside);
});
afterAll(async () => {
  await worker.app.close();
  server.close();
  rmSync(worker.dataDir, { recursive: true, force: true });
});
beforeEach(() => {
  outside.objects.clear();
  outside.grants.length = 0;
});

/** An artifact of these bytes in the object store, as a payload has it that was resolved. */
function stored(bytes: Buffer) {
  const uuid = newUuid();
  outside.objects.set(`input/${uuid}`, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { uuid, entry: { artifact_id: encodeId('art', uuid), sha256, size_bytes: bytes.length } };
}

const payloadOf = (entry: object) => ({ _artifacts: { download: { dataset: entry } } });
const ran = (script: string, payload: Record<string, unknown>): Promise<TaskReport> =>
  endOf(outside, assign(worker, contextOf({ script, spec: { payload } })).job_id);
const inputGrants = () => outside.grants.filter(({ kind }) => kind === 'input');

describe('an artifact that a job reads', () => {
  test('lies among the inputs, bytes and all, and the payload has its path', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at * 7));
    const { entry } = stored(bytes);
    const script =
      'cat $COMPUTALOT_INPUTS_DIR/dataset | sha256sum; echo $COMPUTALOT_INPUTS_DIR >&2; cp $COMPUTALOT_TASK_PAYLOAD $COMPUTALOT_TASK_RESULT';
    const report = await ran(script, payloadOf(entry));
    expect(report).toMatchObject({ kind: 'completed' });
    expect(decode(report.stdout?.tail)).toContain(entry.sha256);
    const path = `${decode(report.stderr?.tail).trim()}/dataset`;
    expect(JSON.parse(report.result ?? '')).toEqual(payloadOf({ ...entry, path }));
  });

  test('is fetched once for all tasks, none of which changes what another sees', async () => {
    const { entry } = stored(Buffer.from('original'));
    const script = [
      'cat $COMPUTALOT_INPUTS_DIR/dataset',
      'chmod u+w $COMPUTALOT_INPUTS_DIR/dataset 2>/dev/null',
      '(echo changed > $COMPUTALOT_INPUTS_DIR/dataset) 2>/dev/null',
      'rm -f $COMPUTALOT_INPUTS_DIR/dataset',
    ].join('; ');
    const spec = { payload: payloadOf(entry), fan_out: { chunks: 6, range_field: 'n', total: 6 } };
    const { job_id } = assign(worker, contextOf({ script, spec }), 6);
    for (let index = 0; index < 6; index++)
      expect(decode((await endOf(outside, job_id, index)).stdout?.tail)).toBe('original');
    expect(decode((await ran(script, payloadOf(entry))).stdout?.tail)).toBe('original');
    expect(inputGrants()).toHaveLength(1);
  });

  test('is there for a reduce task too, beside what it reduces', async () => {
    const { entry } = stored(Buffer.from('model'));
    outside.objects.set('map_results/1', Buffer.from('{"index":0,"result":1}\n'));
    const reduce = {
      run: 1,
      map: { command: ['true'], timeout_s: 20, requirements: { cpu: 1 } },
      map_total: 1,
      failed: 0,
      stages: [{ stage: 1, inputs: 1, tasks: 1, before: 0 }],
    };
    const spec = { payload: payloadOf(entry), fan_out: { chunks: 1, range_field: 'n', total: 1 } };
    const script = 'cd $COMPUTALOT_INPUTS_DIR; cat dataset; ls; cp $COMPUTALOT_TASK_PAYLOAD $COMPUTALOT_TASK_RESULT';
    const jobs = [{ job_id: newUuid(), context: contextOf({ script, spec, reduce }) }];
    const { incarnation } = worker;
    worker.app.get(AcceptAssignments).accept({ incarnation, jobs, tasks: [[0, 1, 1]] });
    const report = await endOf(outside, jobs[0]!.job_id, 1);
    expect(decode(report.stdout?.tail)).toBe('modeldataset\nmap-results.jsonl\n');
    const path = expect.stringMatching(/inputs\/dataset$/) as unknown;
    expect(JSON.parse(report.result ?? '')).toMatchObject(payloadOf({ path }));
  });

  test.each<[string, (uuid: string) => void, string]>([
    ['lost', (uuid) => void outside.objects.delete(`input/${uuid}`), 'the object store answered 404'],
    ['damaged', (uuid) => void outside.objects.set(`input/${uuid}`, Buffer.from('otherwise')), 'they should be 7 with'],
  ])('fails the attempt by name when it is %s', async (_what, harm, why) => {
    const { uuid, entry } = stored(Buffer.from(`bytes ${_what[0]}`));
    harm(uuid);
    const report = await ran('true', payloadOf(entry));
    expect(report).toMatchObject({ kind: 'failed', error: { code: 'input_unavailable' } });
    expect(report.error?.message).toContain(`payload._artifacts.download.dataset: artifact ${entry.artifact_id}`);
    expect(report.error?.message).toContain(why);
  });
});
