import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunContext, TaskReport } from '@computalot/contracts';
import { newUuid } from '@computalot/kernel';
import { Logger } from '@nestjs/common';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AcceptAssignments } from './accept-assignments/accept-assignments.service.js';
import { AnnounceWorker } from './announce-worker/announce-worker.service.js';
import { CancelAttempts } from './cancel-attempts/cancel-attempts.service.js';
import { DrainWorker } from './drain-worker/drain-worker.service.js';
import { HeldAttempts } from './run-attempts/held-attempts.js';
import { LeaveLostBroker } from './leave-lost-broker/leave-lost-broker.service.js';
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
} from './testing/outside.js';

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

describe('what a task becomes', () => {
  test('payload of its index, identity in the environment, result as written', async () => {
    const script =
      'echo "$COMPUTALOT_TASK_ID $COMPUTALOT_TASK_INDEX $COMPUTALOT_ATTEMPT $COMPUTALOT_JOB_ID $LANG $X"; cp "$COMPUTALOT_TASK_PAYLOAD" "$COMPUTALOT_TASK_RESULT"';
    const context = contextOf({
      script,
      env: { X: 'mine', COMPUTALOT_ATTEMPT: 'forged' },
      spec: { payload: {}, fan_out: { items: [{ n: 1 }, { n: 2 }] } },
    });
    const { job_id } = assign(worker, context, 2, 3);
    const report = await endOf(outside, job_id, 1);
    expect(report).toMatchObject({ kind: 'completed', attempt: 3, exit_code: 0, quality: 1 });
    expect(JSON.parse(report.result ?? '')).toEqual({ n: 2, _fan_out: { shape: 'items', index: 1, total: 2 } });
    expect(decode(report.stdout?.tail)).toBe(`${context.job_id}.1 1 3 ${context.job_id} C.UTF-8 mine\n`);
    expect(report.started_at).toBeLessThanOrEqual(report.finished_at ?? 0);
  });

  test.each<[string, string, object]>([
    [
      'no result is a completion with a warning',
      'true',
      { kind: 'completed', result: 'null', quality: 0, warnings: [expect.any(String)] },
    ],
    [
      'broken JSON',
      'echo "{\\"a\\": }" > $COMPUTALOT_TASK_RESULT',
      {
        kind: 'failed',
        reason: 'invalid',
        error: { code: 'invalid_result', message: expect.stringContaining('Unexpected token') },
      },
    ],
    [
      'not UTF-8',
      'printf \'"\\377"\' > $COMPUTALOT_TASK_RESULT',
      { kind: 'failed', error: { code: 'invalid_result' } },
    ],
    [
      'a link as result',
      'ln -s /etc/passwd $COMPUTALOT_TASK_RESULT',
      { kind: 'failed', reason: 'invalid', error: { code: 'invalid_result' } },
    ],
    [
      'NaN is kept as null',
      'printf \'{"a": NaN}\' > $COMPUTALOT_TASK_RESULT',
      { kind: 'completed', result: '{"a": null}', quality: 0.5 },
    ],
    ['exit code', 'exit 9', { kind: 'failed', reason: 'exit', exit_code: 9, error: { code: 'exit' } }],
    ['signal', 'kill -9 $$', { kind: 'failed', reason: 'exit', signal: 'SIGKILL' }],
  ])('%s', async (_name, script, expected) => {
    expect(await run(contextOf({ script }))).toMatchObject(expected);
  });

  test('payloads of a spec in parts come from the parts of the tasks that are held, each fetched once', async () => {
    const part = (start: number, ...items: object[]) =>
      Buffer.from(JSON.stringify({ payload: {}, fan_out: { items, part: { start, total: 5 } } }));
    outside.objects.set('spec/0', part(0, { n: 0 }, { n: 1 }));
    outside.objects.set('spec/2', part(4, { n: 4 }));
    const context = contextOf({
      script: 'cp "$COMPUTALOT_TASK_PAYLOAD" "$COMPUTALOT_TASK_RESULT"',
      spec: { payload: {}, fan_out: { items_artifact: 'art_1', item_total: 5 } },
      spec_parts: { tasks: 2 },
    });
    const { app, incarnation } = worker;
    const job_id = newUuid();
    outside.grants.length = 0;
    app.get(AcceptAssignments).accept({
      incarnation,
      jobs: [{ job_id, context }],
      tasks: [
        [0, 4, 1],
        [0, 0, 1],
        [0, 1, 1],
        [0, 2, 1],
      ],
    });
    for (const n of [0, 1, 4]) {
      const { result } = await endOf(outside, job_id, n);
      expect(JSON.parse(result ?? '')).toEqual({ n, _fan_out: { shape: 'items', index: n, total: 5 } });
    }
    // A part that is not to be had fails its own tasks alone.
    expect(await endOf(outside, job_id, 2)).toMatchObject({ kind: 'failed', reason: 'infrastructure' });
    const asked = outside.grants.flatMap((target) => (target.kind === 'spec' ? [target.part] : []));
    expect(new Set(asked)).toEqual(new Set([0, 1, 2]));
    expect(asked.filter((number) => number === 0)).toHaveLength(1);
  });

  test('a task that its spec does not have fails alone', async () => {
    const { app, incarnation } = worker;
    const job = { job_id: newUuid(), context: contextOf() };
    app.get(AcceptAssignments).accept({
      incarnation,
      jobs: [job],
      tasks: [
        [0, 5, 1],
        [0, 0, 1],
      ],
    });
    expect(await endOf(outside, job.job_id, 5)).toMatchObject({
      kind: 'failed',
      reason: 'invalid',
      error: { code: 'invalid_payload' },
    });
    expect((await endOf(outside, job.job_id, 0)).kind).toBe('completed');
  });

  test('a file larger than the storage that was asked for', async () => {
    const script = 'head -c 2000000 /dev/zero > big; echo $?';
    const { stdout } = await run(contextOf({ script, requirements: { storage_gb: 0.001 } }));
    expect(decode(stdout?.tail)).toBe('153\n');
    expect(decode((await run(contextOf({ script }))).stdout?.tail)).toBe('0\n');
  });

  test('timeout, unknown command', async () => {
    expect(await run(contextOf({ script: 'sleep 60', timeout_s: 0.2 }))).toMatchObject({
      kind: 'failed',
      reason: 'timeout',
      error: { code: 'timeout' },
    });
    expect(await run(contextOf({ command: ['no-such-thing'] }))).toMatchObject({
      kind: 'failed',
      reason: 'invalid',
      error: { code: 'command_not_found' },
    });
  });

  test('a result beyond the inline size goes to the object store, a giant one is refused', async () => {
    const large = await run(
      contextOf({ script: `python3 -c 'print("[" + "1," * 9000 + "1]")' > $COMPUTALOT_TASK_RESULT` }),
    );
    expect(large).toMatchObject({ kind: 'completed', result_stored_bytes: 18_004 });
    expect(large.result).toBeUndefined();
    expect(JSON.parse(outside.objects.get('result/0')?.toString() ?? '')).toHaveLength(9_001);
    const giant = await run(contextOf({ script: 'truncate -s 65M $COMPUTALOT_TASK_RESULT' }));
    expect(giant).toMatchObject({ kind: 'failed', reason: 'invalid', error: { code: 'result_too_large' } });
  });

  test('artifacts are uploaded and announced by content', async () => {
    const report = await run(
      contextOf({
        script:
          'mkdir $COMPUTALOT_ARTIFACTS_DIR/d; printf hello > $COMPUTALOT_ARTIFACTS_DIR/d/f.txt; echo 1 > $COMPUTALOT_TASK_RESULT',
      }),
    );
    expect(report).toMatchObject({ kind: 'completed', result: '1\n' });
    expect(outside.objects.get('artifact/d/f.txt')?.toString()).toBe('hello');
    const sha256 = createHash('sha256').update('hello').digest('hex');
    expect(outside.grants).toContainEqual(
      expect.objectContaining({ kind: 'artifact', name: 'd/f.txt', size_bytes: 5, sha256 }),
    );
    expect(outside.grants.at(-1)?.kind).toBe('artifact_uploaded');
  });
});

describe('output', () => {
  test('progress lines become progress, the rest is shown live and reported, byte for byte', async () => {
    const script = `echo one; echo 'COMPUTALOT_PROGRESS:{"done":1}'; printf 'COMPUTALOT_PRO'; sleep 0.03; echo 'GRESS:{"done":2}'; echo 'COMPUTALOT_PROGRESS:oops'; echo two; echo err >&2`;
    const { job_id } = assign(worker, contextOf({ script }));
    const report = await endOf(outside, job_id);
    expect(report.progress).toBe('{"done":2}');
    expect(decode(report.stdout?.tail)).toBe('one\nCOMPUTALOT_PROGRESS:oops\ntwo\n');
    expect(decode(report.stderr?.tail)).toBe('err\n');
    const entries = await until(() => {
      const mine = outside.live.filter(({ job }) => job === job_id).map(({ entry }) => entry);
      return mine.some((entry) => entry.kind === 'output' && entry.stream === 'stderr') && mine;
    });
    let next = 0;
    let text = '';
    for (const entry of entries) {
      if (entry.kind !== 'output' || entry.stream !== 'stdout') continue;
      expect(entry.offset).toBe(next);
      text += decode(entry.data);
      next = Buffer.byteLength(text);
    }
    expect(text).toBe('one\nCOMPUTALOT_PROGRESS:oops\ntwo\n');
    expect(entries).toContainEqual({ kind: 'progress', index: 0, attempt: 1, progress: { done: 2 } });
  });

  test.each([
    ['ends', '', { kind: 'completed' }],
    ['is killed', 'os.kill(os.getpid(), 9)', { kind: 'failed', signal: 'SIGKILL' }],
  ])(
    'of 12,000 progress lines at once the last is kept when the program %s, and no other line',
    async (_how, end, how) => {
      // Torn at bytes that have nothing to do with lines; the last line has no end.
      const code = `import os
text = "".join('COMPUTALOT_PROGRESS:{"step":%d}\\n' % n + ("line %d\\n" % n if n % 12 == 0 else "") for n in range(12000))
data = text.encode() + b'COMPUTALOT_PROGRESS:[1]\\nCOMPUTALOT_PROGRESS:{"step":12000}'
for at in range(0, len(data), 997):
    os.write(1, data[at:at + 997])
${end}`;
      const { job_id } = assign(worker, contextOf({ command: ['python3', '-I', '-S', '-c', code] }));
      const report = await endOf(outside, job_id);
      expect(report).toMatchObject({ ...how, progress: '{"step":12000}' });
      const lines = Array.from({ length: 1_000 }, (_, n) => `line ${n * 12}\n`).join('');
      expect(report.stdout?.size_bytes).toBe(lines.length + 'COMPUTALOT_PROGRESS:[1]\n'.length);
      expect(decode(report.stdout?.tail)).toBe(`${lines}COMPUTALOT_PROGRESS:[1]\n`.slice(-10_240));
      const live = outside.live.flatMap(({ job, entry }) =>
        job === job_id && entry.kind === 'progress' ? [entry] : [],
      );
      expect(live.at(-1)?.progress).toEqual({ step: 12_000 });
      // One now and then, not one a line.
      expect(live.length).toBeLessThan(1_000);
    },
  );

  test('longer output lies in the object store whole; of too long output the middle is cut and said to be', async () => {
    const whole = await run(contextOf({ script: 'seq 1 5000' }));
    const expected = Array.from({ length: 5_000 }, (_, line) => `${line + 1}\n`).join('');
    expect(whole.stdout).toMatchObject({ size_bytes: expected.length, stored: true, stored_bytes: expected.length });
    expect(decode(whole.stdout?.tail)).toBe(expected.slice(-10_240));
    expect(outside.objects.get('output/0/stdout')?.toString()).toBe(expected);

    const cut = await run(contextOf({ script: 'seq 1 50000' }));
    const all = Array.from({ length: 50_000 }, (_, line) => `${line + 1}\n`).join('');
    const stored = outside.objects.get('output/0/stdout')?.toString() ?? '';
    expect(cut.stdout?.size_bytes).toBe(all.length);
    expect(cut.stdout?.stored_bytes).toBe(stored.length);
    expect(stored.startsWith(all.slice(0, 20_000))).toBe(true);
    expect(stored.endsWith(all.slice(-20_000))).toBe(true);
    expect(stored).toContain(`[computalot: ${all.length - 40_000} bytes of output are not kept]`);
    expect(cut.warnings).toContainEqual(expect.stringContaining('middle'));
    await until(() => readdirSync(join(worker.dataDir, 'spool')).length === 0);
  });

  test('of an attempt that is cancelled lies in the object store too', async () => {
    const { job_id } = assign(worker, contextOf({ script: 'seq 1 5000; exec sleep 60' }), 1);
    const expected = Array.from({ length: 5_000 }, (_, line) => `${line + 1}\n`).join('');
    const shown = () => outside.live.filter(({ job }) => job === job_id).map(({ entry }) => entry);
    await until(() => shown().some((entry) => entry.kind === 'output' && decode(entry.data).endsWith('\n5000\n')));
    worker.app.get(CancelAttempts).cancel({ jobs: [job_id], attempts: [], grace_s: 1 });
    const end = await endOf(outside, job_id);
    expect(end).toMatchObject({ kind: 'cancelled', stdout: { size_bytes: expected.length, stored: true } });
    expect(outside.objects.get('output/0/stdout')?.toString()).toBe(expected);
  });
});

describe('the worker', () => {
  test('never runs more than it offers, and runs the rest when there is room', async () => {
    const { job_id } = assign(worker, contextOf({ script: 'sleep 0.05', requirements: { cpu: 0.7 } }), 5);
    await Promise.all([0, 1, 2, 3, 4].map((index) => endOf(outside, job_id, index)));
    const spans = outside.reports.filter((report) => report.job_id === job_id && report.kind === 'completed');
    for (const { started_at = 0 } of spans) {
      const beside = spans.filter(
        (other) => (other.started_at ?? 0) <= started_at && started_at < (other.finished_at ?? 0),
      );
      expect(beside.length).toBeLessThanOrEqual(2);
    }
  });

  test('drops assignments of another incarnation and repeats of its own', async () => {
    const { app, incarnation } = worker;
    const job = { job_id: newUuid(), context: contextOf() };
    const accept = (of: string) =>
      app.get(AcceptAssignments).accept({ incarnation: of, jobs: [job], tasks: [[0, 0, 1]] });
    expect(accept(newUuid())).toBe(0);
    expect([accept(incarnation), accept(incarnation)]).toEqual([1, 0]);
    await endOf(outside, job.job_id);
  });

  test('a cancel ends running and waiting attempts; each is reported once, when its tree is gone', async () => {
    const mark = String(2_000_000 + process.pid);
    const script = `trap '' TERM; setsid sleep ${mark} & echo up; while :; do sleep 0.05; done`;
    const { job_id } = assign(worker, contextOf({ script }), 4);
    await until(() => outside.live.filter(({ job }) => job === job_id).length >= 2);
    worker.app.get(CancelAttempts).cancel({ jobs: [job_id], attempts: [], grace_s: 0.1 });
    const ends = await Promise.all([0, 1, 2, 3].map((index) => endOf(outside, job_id, index)));
    expect(ends.map(({ kind }) => kind)).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled']);
    const left = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandOf(name).includes(mark));
    expect(left).toEqual([]);
    expect(outside.reports.filter((report) => report.job_id === job_id && report.kind === 'cancelled')).toHaveLength(4);
  });

  test('unpacks the revision once, and refuses one that is not what its hash says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clt-rev-'));
    execFileSync(
      'sh',
      [
        '-c',
        'printf "#!/bin/sh\\ncat data/x" > go; chmod 700 go; mkdir data; echo inside > data/x; tar czf ../$(basename $PWD).tgz .',
      ],
      { cwd: folder },
    );
    const archive = readFileSync(`${folder}.tgz`);
    outside.objects.set('revision', archive);
    const revision = createHash('sha256').update(archive).digest('hex');
    const asked = () => outside.grants.filter(({ kind }) => kind === 'revision').length;
    const { job_id } = assign(worker, contextOf({ revision, command: ['./go'] }), 3);
    for (const index of [0, 1, 2]) {
      const report = await endOf(outside, job_id, index);
      expect([report.exit_code, decode(report.stdout?.tail), decode(report.stderr?.tail)]).toEqual([0, 'inside\n', '']);
    }
    expect(asked()).toBe(1);
    const wrong = await run(contextOf({ revision: 'a'.repeat(64), command: ['./go'] }));
    expect(wrong).toMatchObject({
      kind: 'failed',
      reason: 'infrastructure',
      error: { message: expect.stringContaining('sha256') },
    });
    rmSync(folder, { recursive: true });
    rmSync(`${folder}.tgz`);
  });

  test.each([
    [503, 'returned', 'storage_unavailable'],
    [403, 'failed', 'infrastructure'],
  ])('a store that answers %i while a job is prepared: its attempts are %s', async (status, kind, code) => {
    outside.storeStatus = status;
    const { job_id } = assign(worker, contextOf({ revision: 'b'.repeat(64) }), 2);
    for (const index of [0, 1]) {
      const report = await endOf(outside, job_id, index);
      expect(report).toMatchObject({ kind, error: { code, message: expect.stringContaining(String(status)) } });
      expect(report.started_at).toBeUndefined();
    }
    outside.storeStatus = undefined;
  });

  test('reports that wait for a confirm travel together, and are held until then', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    outside.blocked = promise;
    const before = outside.messages.length;
    const { job_id } = assign(worker, contextOf({ requirements: { cpu: 0.1 } }), 30);
    const announce = worker.app.get(AnnounceWorker);
    // All have run; nothing was confirmed.
    const ran = () =>
      worker.app
        .get(HeldAttempts)
        .ofJob(job_id)
        .filter(({ state }) => state === 'ended');
    await until(() => ran().length === 30);
    const snapshot = announce.snapshot();
    resolve();
    outside.blocked = undefined;
    await snapshot;
    const held = outside.snapshots.at(-1)?.held.filter(([job]) => job === job_id) ?? [];
    expect(held.length).toBeGreaterThan(0);
    await Promise.all(Array.from({ length: 30 }, (_, index) => endOf(outside, job_id, index)));
    expect(outside.messages.length - before).toBeLessThan(20);
    await announce.snapshot();
    await until(() => !announceHolds(outside, job_id));
  });
});

describe('leaving', () => {
  test('a drain hands the backlog back, gives running attempts a chance, and says so in the heartbeat', async () => {
    const other = new Outside();
    const leaving = await startWorker(other, { offers: { cpu: 1 } });
    const { job_id } = assign(leaving, contextOf({ script: "trap '' TERM; echo up; while :; do sleep 0.05; done" }), 3);
    await until(() => other.live.length > 0);
    await leaving.app.get(DrainWorker).drain();
    expect(other.heartbeats.at(-1)?.draining).toBe(true);
    const ends = other.reports.filter((report) => report.kind !== 'started');
    expect(ends.map(({ kind, job_id: job, index }) => [kind, job, index]).sort()).toEqual(
      [0, 1, 2].map((index) => ['returned', job_id, index]),
    );
    assign(leaving, contextOf());
    await until(() => other.reports.filter(({ kind }) => kind === 'returned').length === 4);
    await leaving.app.close();
    rmSync(leaving.dataDir, { recursive: true, force: true });
  });

  test('a broker that stays away ends what would be run elsewhere; its return is noticed once', async () => {
    const other = new Outside();
    const lonely = await startWorker(other, { ttlMs: 1_000 });
    const { job_id } = assign(lonely, contextOf({ script: 'echo up; sleep 60' }));
    await until(() => other.live.length > 0);
    const broker = lonely.app.get(LeaveLostBroker);
    const now = Date.now();
    other.connected = false;
    expect([broker.runOnce(now), broker.runOnce(now + 900)]).toEqual(['away', 'away']);
    expect(other.reports.some(({ kind }) => kind === 'returned')).toBe(false);
    expect(broker.runOnce(now + 1_100)).toBe('lost');
    expect((await endOf(other, job_id)).kind).toBe('returned');
    other.connected = true;
    expect([broker.runOnce(now + 1_200), broker.runOnce(now + 1_300)]).toEqual(['back', 'here']);
    await lonely.app.close();
    rmSync(lonely.dataDir, { recursive: true, force: true });
  });

  test('the executor that starts nothing completes everything with null', async () => {
    const other = new Outside();
    const idle = await startWorker(other, { executor: 'none' });
    const { job_id } = assign(idle, contextOf({ requirements: { cpu: 1 } }), 100);
    await endOf(other, job_id, 99);
    expect(other.reports.filter(({ kind, result }) => kind === 'completed' && result === 'null')).toHaveLength(100);
    await idle.app.close();
    rmSync(idle.dataDir, { recursive: true, force: true });
  });
});

function announceHolds(other: Outside, job_id: string): boolean {
  return other.snapshots.at(-1)?.held.some(([job]) => job === job_id) ?? false;
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
