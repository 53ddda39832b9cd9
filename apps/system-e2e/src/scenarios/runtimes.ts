import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Api } from '../stage/api.js';
import type { Stage } from '../stage/stage.js';

/** Adds up what it is sent; says the sum so far. */
const ADDER = `
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    total = 0
    def do_GET(self):
        Handler.total += int(self.path[1:] or 0)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(Handler.total).encode())
    def log_message(self, *args):
        pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;
/** Runs in the environment that init made: `prepared` is a module of that alone. */
const RUN = `
import json, os, sys, urllib.request
import prepared
payload = json.load(open(os.environ["COMPUTALOT_TASK_PAYLOAD"]))
place = "http://%s:%s/" % (os.environ["COMPUTALOT_SERVICE_ADDER_HOST"], os.environ["COMPUTALOT_SERVICE_ADDER_PORT"])
total = int(urllib.request.urlopen(place + str(payload["n"])).read())
json.dump({"total": total, "prepared": prepared.VALUE}, open(os.environ["COMPUTALOT_TASK_RESULT"], "w"))
`;
const manifest = {
  version: 1,
  runtime: {
    init: {
      commands: [
        { label: 'venv', command: ['python3', '-m', 'venv', '--without-pip', '.venv'] },
        {
          label: 'module',
          command: [
            'sh',
            '-c',
            'for folder in .venv/lib/python3*/site-packages; do cp prepared.txt $folder/prepared.py; done',
          ],
        },
      ],
    },
    services: [{ name: 'adder', command: ['.venv/bin/python', 'adder.py'], health: { http: '/' } }],
  },
  validation: {
    files: ['.venv/bin/python'],
    commands: [{ label: 'import', command: ['.venv/bin/python', '-c', 'import prepared'] }],
  },
  entrypoint: { command: ['.venv/bin/python', 'run.py'] },
};
const files = { 'adder.py': ADDER, 'run.py': RUN, 'prepared.txt': 'VALUE = 42\n' };

export function runtimes(stage: () => Stage): void {
  describe('runtimes', () => {
    test('tasks run in the environment that init made, beside a service that they share', async () => {
      const { user } = stage();
      await push(user, 'prepared', manifest);
      const items = Array.from({ length: 10 }, (_, n) => ({ n: n + 1 }));
      const job = await user.run({ project: 'prepared', fan_out: { items } });
      expect([job.status, job.error]).toEqual(['completed', null]);
      const results = (await user.results(job.id)).tasks.map(
        ({ result }) => result as { total: number; prepared: number },
      );
      expect(results.every(({ prepared }) => prepared === 42)).toBe(true);
      // Each worker has a service of its own; on each, every sum is there once.
      const totals = results.map(({ total }) => total);
      expect(Math.max(...totals)).toBeGreaterThan(10);
      expect(Math.max(...totals)).toBeLessThanOrEqual(55);
    });

    test('an init that fails is told by the job with the name of the command and its output', async () => {
      const { user } = stage();
      const init = { commands: [{ label: 'packages', command: ['sh', '-c', 'echo no such package: numpyy; exit 2'] }] };
      await push(user, 'unprepared', { version: 1, runtime: { init }, entrypoint: { command: ['true'] } });
      const job = await user.run({ project: 'unprepared' });
      expect(job).toMatchObject({ status: 'failed', error: { code: 'runtime_init_failed' } });
      expect(job.error?.message).toMatch(/"packages" ended with exit code 2\..*\nno such package: numpyy$/);
      expect(job.recommended_action).toMatch(/runtime\.init/);
    });
  });
}

async function push(user: Api, project: string, value: object): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'computalot-runtime-'));
  try {
    const all = { ...files, 'computalot.project.json': JSON.stringify(value) };
    for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text);
    await user.push(project, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
