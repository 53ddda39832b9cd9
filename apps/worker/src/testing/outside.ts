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
import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { chmodSync, mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AcceptAssignments } from '../accept-assignments/accept-assignments.service.js';
import { RequestGrants } from '../request-grants/request-grants.service.js';
import { WorkerModule } from '../worker.module.js';
import { WORKER_SETTINGS, type WorkerOptions, type WorkerSettings } from '../worker-options.js';

type GrantRequest = BodyOf<typeof grantRequested>;

/** The rest of the platform as this worker sees it. */
export class Outside {
  readonly reports: TaskReport[] = [];
  readonly messages: TaskReport[][] = [];
  readonly snapshots: BodyOf<typeof workerSnapshot>[] = [];
  readonly heartbeats: BodyOf<typeof workerHeartbeat>[] = [];
  readonly live: { job: string; entry: LiveEntry }[] = [];
  readonly objects = new Map<string, Buffer>();
  readonly grants: GrantRequest['target'][] = [];
  connected = true;
  /** Set while the object store answers every request with this. */
  storeStatus: number | undefined;
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
        : target.kind === 'input'
          ? `input/${target.artifact_id}`
          : 'index' in target
            ? `${target.kind}/${target.index}${'stream' in target ? `/${target.stream}` : ''}`
            : 'part' in target
              ? `${target.kind}/${target.part}`
              : target.kind;
    const method = ['revision', 'spec', 'map_results', 'input'].includes(target.kind) ? 'GET' : 'PUT';
    const url = target.kind === 'artifact_uploaded' ? null : `${this.url}/${encodeURI(key)}`;
    this.answer?.({
      request_id,
      grant: { url, method, headers: {}, ...(target.kind === 'artifact' ? { artifact_id: newUuid() } : {}) },
    });
  }
}

export function serveObjects(outside: Outside): Promise<Server> {
  const server = createServer((request, response) => {
    const key = decodeURI((request.url ?? '').slice(1));
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.method === 'PUT') outside.objects.set(key, Buffer.concat(parts));
      const found = outside.objects.get(key);
      if (outside.storeStatus !== undefined) return void response.writeHead(outside.storeStatus).end();
      response.writeHead(found ? 200 : 404).end(request.method === 'GET' ? found : undefined);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

export async function startWorker(outside: Outside, over: Partial<WorkerOptions> = {}) {
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

export type TestWorker = Awaited<ReturnType<typeof startWorker>>;

export const contextOf = (over: Partial<RunContext> & { script?: string } = {}): RunContext => {
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

export async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Assigns `count` tasks of one job and returns how to find what became of them. */
export function assign(
  { app, incarnation }: TestWorker,
  context: RunContext,
  count = 1,
  attempt = 1,
  job_id = newUuid(),
) {
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

export const isEnd = ({ kind }: TaskReport) => kind !== 'started' && kind !== 'checkpointed';
export const endOf = (outside: Outside, job_id: string, index = 0, attempt?: number): Promise<TaskReport> =>
  until(() =>
    outside.reports.find(
      (report) =>
        report.job_id === job_id &&
        report.index === index &&
        isEnd(report) &&
        (attempt === undefined || report.attempt === attempt),
    ),
  );

export const decode = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString();
