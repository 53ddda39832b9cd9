import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type grantAnswered,
  grantRequested,
  workerHeartbeat,
  workerSnapshot,
  taskReports,
  type BodyOf,
  type LiveEntry,
  type RunContext,
  type TaskReport,
} from '@computalot/contracts';
import { encodeId, newUuid } from '@computalot/kernel';
import { LIVE_FEED } from '@computalot/live-feed';
import { PUBLISHER, TRANSPORT } from '@computalot/messaging';
import { Global, Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AcceptAssignments } from './accept-assignments/accept-assignments.service.js';
import { AnnounceWorker } from './announce-worker/announce-worker.service.js';
import { CancelAttempts } from './cancel-attempts/cancel-attempts.service.js';
import { DrainWorker } from './drain-worker/drain-worker.service.js';
import { LeaveLostBroker } from './leave-lost-broker/leave-lost-broker.service.js';
import { SaveCheckpoints } from './save-checkpoints/save-checkpoints.service.js';
import { RequestGrants } from './request-grants/request-grants.service.js';
import { WorkerModule } from './worker.module.js';
import { WORKER_SETTINGS, type WorkerOptions, type WorkerSettings } from './worker-options.js';

type GrantRequest = BodyOf<typeof grantRequested>;

/** The rest of the platform as this worker sees it. */
class Outside {
  readonly reports: TaskReport[] = [];
  readonly messages: TaskReport[][] = [];
  readonly snapshots: BodyOf<typeof workerSnapshot>[] = [];
  readonly heartbeats: BodyOf<typeof workerHeartbeat>[] = [];
  readonly live: { job: string; entry: LiveEntry }[] = [];
  readonly objects = new Map<string, Buffer>();
  readonly grants: GrantRequest['target'][] = [];
  connected = true;
  answer: ((body: BodyOf<typeof grantAnswered>) => void) | undefined;
  /** Set while the broker does not confirm. */
  blocked: Promise<void> | undefined;
  url = '';

  readonly publisher = {
    publish: async (message: { type: string }, body: unknown): Promise<void> => {
      await this.blocked;
      if (message === taskReports) {
        const { reports } = body as BodyOf<typeof taskReports>;
        this.messages.push(reports);
        this.reports.push(...reports);
      } else this.snapshots.push(body as BodyOf<typeof workerSnapshot>);
    },
    send: (message: { type: string }, body: unknown): void => {
      if (message === grantRequested) setImmediate(() => this.grant(body as GrantRequest));
      else this.heartbeats.push(body as BodyOf<typeof workerHeartbeat>);
    },
    isConnected: () => this.connected,
  };

  readonly feed = {
    append: (job: string, entries: readonly LiveEntry[]): void => {
      for (const entry of entries) this.live.push({ job, entry });
    },
  };

  private grant({ request_id, target }: GrantRequest): void {
    this.grants.push(target);
    if (target.kind === 'checkpoint' || target.kind === 'checkpoint_restore') {
      const key = `checkpoint/${target.job_id}/${target.index}`;
      const isRestore = target.kind === 'checkpoint_restore';
      const url = isRestore && !this.objects.has(key) ? null : `${this.url}/${key}`;
      this.answer?.({ request_id, grant: { url, method: isRestore ? 'GET' : 'PUT', headers: {} } });
      return;
    }
    const key =
      target.kind === 'artifact'
        ? `artifact/${target.name}`
        : 'index' in target
          ? `${target.kind}/${target.index}${'stream' in target ? `/${target.stream}` : ''}`
          : target.kind;
    const method = target.kind === 'revision' || target.kind === 'spec' ? 'GET' : 'PUT';
    const url = target.kind === 'artifact_uploaded' ? null : `${this.url}/${encodeURI(key)}`;
    this.answer?.({
      request_id,
      grant: { url, method, headers: {}, ...(target.kind === 'artifact' ? { artifact_id: newUuid() } : {}) },
    });
  }
}

function serveObjects(outside: Outside): Promise<Server> {
  const server = createServer((request, response) => {
    const key = decodeURI((request.url ?? '').slice(1));
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.method === 'PUT') outside.objects.set(key, Buffer.concat(parts));
      const found = outside.objects.get(key);
      response.writeHead(found ? 200 : 404).end(request.method === 'GET' ? found : undefined);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function startWorker(outside: Outside, over: Partial<WorkerOptions> = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'clt-worker-'));
  chmodSync(dataDir, 0o711);
  @Global()
  @Module({
    providers: [
      { provide: PUBLISHER, useValue: outside.publisher },
      { provide: LIVE_FEED, useValue: outside.feed },
      { provide: TRANSPORT, useValue: { consuming: () => [{ queue: 'worker', alive: true }] } },
    ],
    exports: [PUBLISHER, LIVE_FEED, TRANSPORT],
  })
  class OutsideModule {}
  const options = {
    workerId: newUuid(),
    name: 'test',
    dataDir,
    offers: { cpu: 2 },
    killGrace_s: 0.3,
    drainGrace_s: 0.05,
    ...over,
  };
  const app = await Test.createTestingModule({ imports: [OutsideModule, WorkerModule.forRoot(options)] }).compile();
  app.useLogger(false);
  await app.init();
  const [grants, others] = [app.get(RequestGrants), outside.answer];
  outside.answer = (body) => {
    grants.answer(body);
    others?.(body);
  };
  const settings = app.get<WorkerSettings>(WORKER_SETTINGS);
  return { app, settings, dataDir, incarnation: settings.incarnation };
}

type TestWorker = Awaited<ReturnType<typeof startWorker>>;

const contextOf = (over: Partial<RunContext> & { script?: string } = {}): RunContext => {
  const { script, ...rest } = over;
  return {
    job_id: encodeId('job', newUuid()),
    revision: null,
    command: ['sh', '-c', script ?? 'true'],
    env: {},
    timeout_s: 20,
    requirements: { cpu: 1 },
    spec: { payload: { a: 1 } },
    ...rest,
  };
};

async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Assigns `count` tasks of one job and returns how to find what became of them. */
function assign({ app, incarnation }: TestWorker, context: RunContext, count = 1, attempt = 1, job_id = newUuid()) {
  const tasks = Array.from({ length: count }, (_, index): [number, number, number] => [0, index, attempt]);
  const spec =
    context.spec?.fan_out || count === 1
      ? context.spec
      : { payload: {}, fan_out: { chunks: count, range_field: 'n', total: count } };
  const accepted = app
    .get(AcceptAssignments)
    .accept({ incarnation, jobs: [{ job_id, context: { ...context, spec } }], tasks });
  return { job_id, accepted };
}

const isEnd = ({ kind }: TaskReport) => kind !== 'started' && kind !== 'checkpointed';
const endOf = (outside: Outside, job_id: string, index = 0, attempt?: number): Promise<TaskReport> =>
  until(() =>
    outside.reports.find(
      (report) =>
        report.job_id === job_id &&
        report.index === index &&
        isEnd(report) &&
        (attempt === undefined || report.attempt === attempt),
    ),
  );

const decode = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString();

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

  test('reports that wait for a confirm travel together, and are held until then', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    outside.blocked = promise;
    const before = outside.messages.length;
    const { job_id } = assign(worker, contextOf({ requirements: { cpu: 0.1 } }), 30);
    const announce = worker.app.get(AnnounceWorker);
    // All have run once their slots are free again; nothing was confirmed.
    await until(() => readdirSync(join(worker.dataDir, 'slots')).length > 2);
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
