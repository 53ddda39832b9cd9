import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ComputalotClient } from '../client.js';

const WRITTEN = 'x'.repeat(100) + 'y'.repeat(50) + 'z'.repeat(100);
const CUT = { offset: 100, bytes: 50 };
const MARKER = '\n[cut]\n';

let server: Server;
let client: ComputalotClient;
let asked: string[];
let answer: (url: URL, request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://here');
    asked.push(`${url.pathname.split('/').at(-1)} ${request.headers.range ?? request.headers['last-event-id'] ?? ''}`);
    answer(url, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new ComputalotClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: 'flk_x' });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const sse = (event: string, data: unknown) => `id: 1-1\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
const of = { index: 0, attempt: 1, stream: 'stdout', task_id: 'job_1.0' };
const archive = { ...of, size_bytes: 250, offset: 240, text: 'z'.repeat(10), archived: true, cut: CUT };
const json = (response: ServerResponse, body: unknown) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** Bytes of the archive's text, as a `Range` asks for them. */
function range(header = ''): string {
  const text = WRITTEN.slice(0, CUT.offset) + MARKER + WRITTEN.slice(CUT.offset + CUT.bytes);
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  return from === '' ? text.slice(-Number(to)) : text.slice(Number(from), Number(to) + 1);
}

async function follow(): Promise<[number, string | number | null][]> {
  const told: [number, string | number | null][] = [];
  for await (const piece of client.followOutput('job_1'))
    told.push([piece.offset, 'bytes' in piece ? Buffer.from(piece.bytes).toString() : piece.missing]);
  return told;
}

test('what no feed told comes from the archive by ranges that break off, without the marker; what was cut is said to be missing', async () => {
  let breaks = 1;
  answer = (url, request, response) => {
    if (url.pathname.endsWith('/stream'))
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(sse('output', { ...of, offset: 0, text: WRITTEN.slice(0, 10) }) + sse('end', { job: { id: 'job_1' } }));
    else if (url.pathname.endsWith('/tasks')) json(response, { tasks: [{ index: 0, attempt: 1 }], next_cursor: null });
    else if (url.searchParams.get('format') === 'json') json(response, { outputs: [archive] });
    else if (breaks-- > 0) {
      const body = range(request.headers.range);
      response.writeHead(206, { 'content-length': body.length }).write(body.slice(0, 40), () => response.destroy());
    } else response.writeHead(206).end(range(request.headers.range));
  };
  const told = await follow();
  const texts = told.map(([, piece]) => piece);
  expect(texts.filter((piece) => typeof piece === 'string').join('')).toBe('x'.repeat(100) + 'z'.repeat(100));
  expect(told.filter(([, piece]) => typeof piece !== 'string')).toEqual([[100, 50]]);
  expect(asked).toEqual([
    'stream -',
    'tasks ',
    'output ',
    'output bytes=10-99',
    expect.stringMatching(/^output bytes=(10|50)-99$/),
    'output bytes=-100',
  ]);
});

test('an attempt whose worker was lost says so when the next one runs', async () => {
  answer = (url, _request, response) => {
    const task = { ...of, id: of.task_id, exit_code: null, live_feedback: null, latest_progress: null };
    if (url.pathname.endsWith('/stream'))
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(
          sse('output', { ...of, offset: 0, text: 'ÿ/8=', encoding: undefined }) +
            sse('task', { task: { ...task, attempt: 2, status: 'running' } }) +
            sse('output', { ...of, attempt: 2, offset: 0, text: '/w==', encoding: 'base64' }) +
            sse('end', { job: { id: 'job_1' } }),
        );
    else if (url.pathname.endsWith('/tasks')) json(response, { tasks: [{ index: 0, attempt: 2 }], next_cursor: null });
    else
      json(response, {
        outputs:
          url.searchParams.get('attempt') === '1'
            ? []
            : [
                {
                  ...of,
                  attempt: 2,
                  size_bytes: 1,
                  offset: 0,
                  text: '/w==',
                  encoding: 'base64',
                  archived: true,
                  cut: null,
                },
              ],
      });
  };
  expect(await follow()).toEqual([
    [0, 'ÿ/8='],
    [5, null],
    [0, Buffer.from([0xff]).toString()],
  ]);
});

test('can be left', async () => {
  answer = (_url, _request, response) =>
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .write(sse('output', { ...of, offset: 0, text: 'a' }));
  const stop = new AbortController();
  let pieces = 0;
  for await (const _piece of client.followOutput('job_1', { signal: stop.signal })) {
    pieces += 1;
    stop.abort();
  }
  expect(pieces).toBe(1);
});
