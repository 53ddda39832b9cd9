import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunContext, TaskReport } from '@computalot/contracts';
import { newUuid } from '@computalot/kernel';
import { Logger } from '@nestjs/common';
import { rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DrainWorker } from '../drain-worker/drain-worker.service.js';
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
import { SaveCheckpoints } from './save-checkpoints.service.js';

const outside = new Outside();
let server: Server;
let worker: TestWorker;
const run = async (context: RunContext): Promise<TaskReport> => endOf(outside, assign(worker, context).job_id);

beforeAll(async () => {
  Logger.overrideLogger(false);
  server = await serveObjects(outside);
  outside.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  worker = await startWorker(outside, { maxStoredOutputBytes: 40_000 });
});
afterAll(async () => {
  await worker.app.close();
  server.close();
  rmSync(worker.dataDir, { recursive: true, force: true });
});

describe('memory', () => {
  test('a task that takes more than it asked for fails with the reason; the one beside it and the worker go on', async () => {
    const beside = assign(worker, contextOf({ script: 'sleep 0.5', requirements: { cpu: 0.5 } }));
    const script = `python3 -I -S -c "import time; b = bytearray(b'x') * 2_000_000_000; time.sleep(5)"`;
    const report = await run(contextOf({ script, requirements: { cpu: 0.5, memory_gb: 0.3 } }));
    expect(report).toMatchObject({
      kind: 'failed',
      reason: 'exit',
      signal: 'SIGKILL',
      error: { code: 'memory_limit_exceeded', message: expect.stringContaining('0.3 GB') },
    });
    expect((await endOf(outside, beside.job_id)).kind).toBe('completed');
    expect((await run(contextOf())).kind).toBe('completed');
  });
});

describe('checkpoints', () => {
  const savedOf = (job_id: string, of = outside) =>
    of.reports.filter((report) => report.job_id === job_id && report.kind === 'checkpointed');
  const resume =
    'cat $COMPUTALOT_CHECKPOINT_DIR/deep/state > $COMPUTALOT_TASK_RESULT; rm $COMPUTALOT_CHECKPOINT_DIR/deep/state';

  test('a running attempt is saved when its folder has changed; the next one goes on from there on another worker', async () => {
    const first = await startWorker(outside, { checkpointIntervalMs: 20 });
    const script = `cd $COMPUTALOT_CHECKPOINT_DIR; mkdir deep; ln -s /etc/passwd link; mkfifo pipe; head -c 3000000 /dev/zero > large
      echo 41 > new; mv new deep/state; while [ ! -e $COMPUTALOT_ARTIFACTS_DIR/go ]; do sleep 0.02; done`;
    const { job_id } = assign(first, contextOf({ script }));
    const saved = await until(() => savedOf(job_id).find(({ checkpoint }) => checkpoint?.size_bytes === 3_000_003));
    expect(saved.checkpoint?.saved_at).toBeGreaterThanOrEqual(saved.started_at ?? 0);
    const looks = () => first.app.get(SaveCheckpoints).runOnce(Date.now() + 60_000);
    await until(() => looks() > 0);
    await until(() => looks() > 0);
    expect(savedOf(job_id).filter(({ checkpoint }) => checkpoint?.size_bytes === 3_000_003)).toHaveLength(1);

    const second = await startWorker(outside);
    assign(second, contextOf({ script: `${resume}; ls $COMPUTALOT_CHECKPOINT_DIR >&2` }), 1, 2, job_id);
    const report = await endOf(outside, job_id, 0, 2);
    expect([report.kind, report.result, decode(report.stderr?.tail)]).toEqual(['completed', '41\n', 'deep\nlarge\n']);
    for (const { app, dataDir } of [first, second]) {
      await app.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  test.each([
    ['a failure', 'echo 7 > $COMPUTALOT_CHECKPOINT_DIR/n; exit 3', 20, 'failed'],
    ['a timeout', `trap 'echo 7 > $COMPUTALOT_CHECKPOINT_DIR/n; exit' TERM; sleep 60 & wait`, 0.3, 'failed'],
  ])('%s saves what is there before it is reported', async (_name, script, timeout_s, kind) => {
    const { job_id } = assign(worker, contextOf({ script, timeout_s }));
    expect((await endOf(outside, job_id)).kind).toBe(kind);
    const kinds = outside.reports.filter((report) => report.job_id === job_id).map((report) => report.kind);
    expect(kinds.slice(-2)).toEqual(['checkpointed', kind]);
    expect(savedOf(job_id)[0]?.checkpoint?.size_bytes).toBe(2);
    assign(worker, contextOf({ script: 'cat $COMPUTALOT_CHECKPOINT_DIR/n > $COMPUTALOT_TASK_RESULT' }), 1, 2, job_id);
    expect((await endOf(outside, job_id, 0, 2)).result).toBe('7\n');
  });

  test('a drain saves what the program writes at its SIGTERM; success and an empty folder save nothing', async () => {
    const other = new Outside();
    other.url = outside.url;
    const leaving = await startWorker(other);
    const script = `trap 'echo bye > $COMPUTALOT_CHECKPOINT_DIR/n; exit 1' TERM; echo up; sleep 60 & wait`;
    const done = assign(leaving, contextOf({ script: 'echo 1 > $COMPUTALOT_CHECKPOINT_DIR/n' }));
    await endOf(other, done.job_id);
    const empty = assign(leaving, contextOf({ script: 'ls $COMPUTALOT_CHECKPOINT_DIR; exit 1' }));
    expect((await endOf(other, empty.job_id)).stdout).toBeUndefined();
    const { job_id } = assign(leaving, contextOf({ script }));
    await until(() => other.live.some(({ job }) => job === job_id));
    await leaving.app.get(DrainWorker).drain();
    expect(
      other.reports
        .filter((report) => report.job_id === job_id)
        .map(({ kind }) => kind)
        .slice(-2),
    ).toEqual(['checkpointed', 'returned']);
    expect([savedOf(done.job_id, other), savedOf(empty.job_id, other)]).toEqual([[], []]);
    await leaving.app.close();
    rmSync(leaving.dataDir, { recursive: true, force: true });
  });

  test('a checkpoint that cannot be unpacked is a failure of the infrastructure, and the slot is clean after it', async () => {
    const job_id = newUuid();
    outside.objects.set(`checkpoint/${job_id}/0`, Buffer.from('no tar at all'.repeat(100)));
    assign(worker, contextOf({ script: 'true' }), 1, 2, job_id);
    expect(await endOf(outside, job_id)).toMatchObject({
      kind: 'failed',
      reason: 'infrastructure',
      error: { message: expect.stringContaining('checkpoint') },
    });
    expect((await run(contextOf({ script: 'ls $COMPUTALOT_CHECKPOINT_DIR' }))).stdout).toBeUndefined();
  });
});
