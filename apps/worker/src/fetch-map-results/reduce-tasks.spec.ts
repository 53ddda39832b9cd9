import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunContext, TaskReport } from '@computalot/contracts';
import { newUuid } from '@computalot/kernel';
import { Logger } from '@nestjs/common';
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AcceptAssignments } from '../accept-assignments/accept-assignments.service.js';
import { CancelAttempts } from '../cancel-attempts/cancel-attempts.service.js';
import {
  Outside,
  assign,
  contextOf,
  decode,
  endOf,
  serveObjects,
  startWorker,
  until,
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

const SPEC = { payload: { n: 7 }, fan_out: { chunks: 4, range_field: 'x', total: 4 } };

/** The context of a job with 4 map tasks, one of which failed, whose reduce tasks are 4, 5 and 6. */
const reduceContext = (script: string, over: Partial<RunContext> = {}): RunContext =>
  contextOf({
    script,
    spec: SPEC,
    reduce: {
      run: 1,
      map: { command: ['true'], timeout_s: 20, requirements: { cpu: 1 } },
      map_total: 4,
      failed: 1,
      stages: [
        { stage: 1, inputs: 3, tasks: 2, before: 0 },
        { stage: 2, inputs: 2, tasks: 1, before: 2 },
      ],
    },
    ...over,
  });

function assignOne(context: RunContext, index: number, job_id = newUuid(), attempt = 1): string {
  const jobs = [{ job_id, context }];
  worker.app.get(AcceptAssignments).accept({ incarnation: worker.incarnation, jobs, tasks: [[0, index, attempt]] });
  return job_id;
}
const endOfTask = (job_id: string, index: number): Promise<TaskReport> => endOf(outside, job_id, index);

describe('a reduce task', () => {
  test("finds the results before it in a file, the job's payload with _reduce in another; nothing is left for the next", async () => {
    outside.objects.set('map_results/4', Buffer.from('{"index":0,"result":1}\n{"index":2,"result":5}\n'));
    const script = `cat $COMPUTALOT_MAP_RESULTS; ls $COMPUTALOT_INPUTS_DIR >&2; cp $COMPUTALOT_TASK_PAYLOAD $COMPUTALOT_TASK_RESULT`;
    const report = await endOfTask(assignOne(reduceContext(script), 4), 4);
    expect(report).toMatchObject({ kind: 'completed' });
    expect(JSON.parse(report.result ?? '')).toEqual({ n: 7, _reduce: { stage: 1, inputs: 2, failed: 1 } });
    expect(decode(report.stdout?.tail)).toBe('{"index":0,"result":1}\n{"index":2,"result":5}\n');
    expect(decode(report.stderr?.tail)).toBe('map-results.jsonl\n');

    const after = assign(
      worker,
      contextOf({ script: 'ls $COMPUTALOT_INPUTS_DIR; echo "$COMPUTALOT_MAP_RESULTS" >&2' }),
    );
    const next = await endOf(outside, after.job_id);
    expect([next.stdout, decode(next.stderr?.tail)]).toEqual([undefined, '\n']);
  });

  test('runs by the new context while a task of the map is still held under the old one', async () => {
    outside.objects.set('map_results/6', Buffer.from('x'));
    const job_id = newUuid();
    assignOne(contextOf({ script: 'sleep 60', spec: SPEC }), 0, job_id);
    await until(() => outside.reports.some((report) => report.job_id === job_id && report.kind === 'started'));
    assignOne(reduceContext('cp $COMPUTALOT_TASK_PAYLOAD $COMPUTALOT_TASK_RESULT'), 6, job_id);
    expect(JSON.parse((await endOfTask(job_id, 6)).result ?? '')).toMatchObject({ _reduce: { stage: 2, inputs: 2 } });
    // The one under the old context is still found by its job.
    worker.app.get(CancelAttempts).cancel({ jobs: [job_id], attempts: [], grace_s: 0 });
    expect((await endOfTask(job_id, 0)).kind).toBe('cancelled');
  });

  test('whose results are not to be had is a failure of the infrastructure that says so', async () => {
    const report = await endOfTask(assignOne(reduceContext('true'), 5), 5);
    const error = { message: expect.stringContaining('the map results could not be fetched') };
    expect(report).toMatchObject({ kind: 'failed', reason: 'infrastructure', error });
  });

  test('waits for its results as long as the object store is away, and is not lost', async () => {
    outside.objects.set('map_results/5', Buffer.from('here'));
    outside.storeStatus = 503;
    const job_id = assignOne(reduceContext('cat $COMPUTALOT_MAP_RESULTS'), 5);
    const asked = () => outside.grants.filter((grant) => grant.kind === 'map_results' && grant.job_id === job_id);
    // More often than one transfer is tried.
    await until(() => asked().length > 4);
    outside.storeStatus = undefined;
    const report = await endOfTask(job_id, 5);
    expect([report.kind, decode(report.stdout?.tail)]).toEqual(['completed', 'here']);
  });

  test('that is cancelled while its results come ends at once, without having run', async () => {
    const asked = Promise.withResolvers<void>();
    const slow = createServer((_request, response) => {
      response.write('{"index":0,');
      asked.resolve();
    });
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    const before = outside.url;
    outside.url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
    const job_id = assignOne(reduceContext('echo ran'), 4);
    await asked.promise;
    outside.url = before;
    worker.app.get(CancelAttempts).cancel({ jobs: [job_id], attempts: [], grace_s: 60 });
    const report = await endOfTask(job_id, 4);
    expect([report.kind, report.stdout]).toEqual(['cancelled', undefined]);
    slow.closeAllConnections();
    slow.close();
  });
});
