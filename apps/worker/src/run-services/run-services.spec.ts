import type { RuntimeService, TaskReport } from '@computalot/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CancelAttempts } from '../cancel-attempts/cancel-attempts.service.js';
import {
  assign,
  contextOf,
  decode,
  endOf,
  Outside,
  serveObjects,
  startWorker,
  until,
  type TestWorker,
} from '../testing/outside.js';
import { pushRevision } from '../testing/revision.js';
import { modes } from '../testing/test-slot.js';

const outside = new Outside();
let server: Server;
beforeAll(async () => {
  Logger.overrideLogger(false);
  server = await serveObjects(outside);
  outside.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

/** Counts requests; /die ends it, /ok is 200. */
const COUNTER = `
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    count = 0
    def do_GET(self):
        if self.path == "/die":
            print("told to die", flush=True)
            os._exit(9)
        if self.path != "/ok":
            Handler.count += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"%d of %d" % (Handler.count, os.getpid()))
    def log_message(self, *args):
        pass
print("counter of", os.environ["OWNER"], flush=True)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;
const ASK = `
import os, sys, time, urllib.request
place = "http://%s:%s/" % (os.environ["COMPUTALOT_SERVICE_COUNTER_HOST"], os.environ["COMPUTALOT_SERVICE_COUNTER_PORT"])
while True:
    try:
        print(urllib.request.urlopen(place + (sys.argv[1] if len(sys.argv) > 1 else "")).read().decode().split()[0], flush=True)
        break
    except OSError as error:
        if len(sys.argv) > 1:
            break
        time.sleep(0.05)
`;
let salt = 0;

describe.each(modes)('services in the %s sandbox', (sandbox) => {
  let worker: TestWorker;
  beforeAll(async () => {
    worker = await startWorker(outside, { sandbox, serviceLingerMs: 200 });
  });
  afterAll(async () => {
    await worker.app.close();
    rmSync(worker.dataDir, { recursive: true, force: true });
  });

  const revisionOf = () =>
    pushRevision(outside, { 'counter.py': COUNTER, 'ask.py': ASK, salt: `${sandbox} ${(salt += 1)}` });
  const counterOf = (mark: string, over: Partial<RuntimeService> = {}): RuntimeService => ({
    name: 'counter',
    command: ['python3', 'counter.py', mark],
    env: { OWNER: mark },
    health: { http: '/ok', interval_s: 0.1 },
    ...over,
  });
  const newMark = () => `counter-${process.pid}-${sandbox}-${(salt += 1)}`;
  const alive = (mark: string) =>
    readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(mark));
  const start = (services: RuntimeService[], command: string[], count = 1, revision = revisionOf()) =>
    assign(worker, contextOf({ revision, runtime: { services }, command, requirements: { cpu: 0.5 } }), count).job_id;
  const out = ({ stdout }: TaskReport) => Number(decode(stdout?.tail));

  test.each<[string, RuntimeService['health']]>([
    ['http', { http: '/ok' }],
    ['tcp', undefined],
    ['a command', { command: ['python3', 'ask.py', 'ok'] }],
  ])(
    'one for all tasks of a revision, healthy (%s) before the first and gone a while after the last',
    async (_name, health) => {
      const [mark, revision] = [newMark(), revisionOf()];
      const services = [counterOf(mark, health ? { health } : {})];
      const jobs = [0, 1].map(() => start(services, ['python3', 'ask.py'], 3, revision));
      const counts: number[] = [];
      for (const job of jobs) for (const index of [0, 1, 2]) counts.push(out(await endOf(outside, job, index)));
      expect(counts.sort()).toEqual([1, 2, 3, 4, 5, 6]);
      await until(() => alive(mark).length === 0);
    },
  );

  test('one that falls is started again in the same place', async () => {
    const [mark, revision] = [newMark(), revisionOf()];
    const keeper = start([counterOf(mark)], ['sh', '-c', 'python3 ask.py die; python3 ask.py'], 1, revision);
    const report = await endOf(outside, keeper);
    expect([report.kind, out(report)]).toEqual(['completed', 1]);
  });

  test('one that falls again and again ends the tasks beside it with its name and output', async () => {
    const mark = newMark();
    const job = start([counterOf(mark)], ['sh', '-c', 'while :; do python3 ask.py die; sleep 0.1; done']);
    const report = await endOf(outside, job);
    expect(report).toMatchObject({ kind: 'failed', reason: 'exit', error: { code: 'service_failed' } });
    expect(report.error?.message).toMatch(/^the service "counter" ended .*\n(.*\n)?told to die$/s);
    await until(() => alive(mark).length === 0);
  });

  test.each<[string, Partial<RuntimeService>, RegExp]>([
    [
      'ends at once',
      { command: ['sh', '-c', 'echo no licence; exit 4'] },
      /ended with exit code 4 before it was healthy\..*\nno licence$/,
    ],
    [
      'never answers',
      { command: ['sh', '-c', 'echo deaf; sleep 60'], start_timeout_s: 0.3 },
      /was not healthy within 0.3 seconds\..*\ndeaf$/,
    ],
    ['does not exist', { command: ['no-such-server'] }, /cannot run|not found|no-such-server/],
  ])('one that %s fails the tasks with its name and output', async (_name, over, message) => {
    const report = await endOf(outside, start([counterOf(newMark(), over)], ['true']));
    expect(report).toMatchObject({
      kind: 'failed',
      reason: 'exit',
      error: { code: 'service_failed', message: expect.stringMatching(message) },
    });
  });

  test('a cancel while they start leaves nothing of them', async () => {
    const mark = newMark();
    const job = start([counterOf(mark, { command: ['sh', '-c', `: ${mark}; sleep 60 & wait`] })], ['true']);
    await until(() => alive(mark).length > 0);
    worker.app.get(CancelAttempts).cancel({ jobs: [job], attempts: [], grace_s: 0.1 });
    expect((await endOf(outside, job)).kind).toBe('cancelled');
    expect(alive(mark)).toEqual([]);
  });
});

test('a worker that leaves takes its services along', async () => {
  const leaving = await startWorker(outside, { serviceLingerMs: 60_000 });
  const mark = `counter-${process.pid}-left`;
  const revision = pushRevision(outside, { 'counter.py': COUNTER, left: '1' });
  const services = [{ name: 'counter', command: ['python3', 'counter.py', mark], env: { OWNER: mark } }];
  await endOf(outside, assign(leaving, contextOf({ revision, runtime: { services } })).job_id);
  const alive = () => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(mark));
  expect(alive().length).toBeGreaterThan(0);
  await leaving.app.close();
  expect(alive()).toEqual([]);
  rmSync(leaving.dataDir, { recursive: true, force: true });
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
