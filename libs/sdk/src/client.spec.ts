import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { list } from 'tar';
import { ComputalotClient } from './client.js';
import { packFolder } from './pack-folder.js';
import { ProblemError } from './problem-error.js';

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

let server: Server;
let handle: Handler;
let seen: string[];
let client: ComputalotClient;

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push(`${request.method} ${request.url}`);
      handle(request, response, Buffer.concat(chunks));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new ComputalotClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    apiKey: 'flk_test',
  });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const problem = (response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}) =>
  json(
    response,
    status,
    { code, status, title: 'T', detail: 'D', recommended_action: 'A', errors: [{ pointer: '/x', detail: 'is wrong' }] },
    headers,
  );
const sse = (event: string, id: string, data: unknown) =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

describe('requests', () => {
  test('carry the key and the body, and answer the body', async () => {
    handle = (request, response, body) => {
      expect(request.headers).toMatchObject({ authorization: 'Bearer flk_test', 'content-type': 'application/json' });
      json(response, 201, { id: 'job_1', ...(JSON.parse(body.toString()) as object) });
    };
    expect(await client.submitJob({ project: 'p' })).toMatchObject({ id: 'job_1', project: 'p' });
    handle = (_request, response) => json(response, 200, { jobs: [], next_cursor: null });
    await client.listJobs({ tag: ['a', 'b c'], limit: 3 });
    expect(seen).toEqual(['POST /api/v1/jobs', 'GET /api/v1/jobs?tag=a&tag=b+c&limit=3']);
  });

  test('throw the problem of a refusal', async () => {
    handle = (_request, response) => problem(response, 422, 'validation_failed');
    const error = await client.submitJob({ project: 'p' }).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ status: 422, code: 'validation_failed', recommendedAction: 'A' });
    expect((error as Error).message).toContain('/x: is wrong');
  });

  test('that put a value under a condition carry it, and are not sent again', async () => {
    handle = (request, response, body) =>
      json(response, 200, {
        match: request.headers['if-match'],
        none: request.headers['if-none-match'],
        body: body.toString(),
      });
    expect(await client.values.put('p', 'a/b', null, { if_version: 7 })).toEqual({ match: '"7"', body: 'null' });
    expect(await client.values.put('p', 'a/b', [1], { if_absent: true })).toEqual({ none: '*', body: '[1]' });
    handle = (_request, response) => problem(response, 503, 'dependency_unavailable');
    await expect(client.values.put('p', 'k', 1, { if_version: 7 })).rejects.toMatchObject({ status: 503 });
    expect(seen).toEqual([
      'PUT /api/v1/projects/p/kv/a%2Fb',
      'PUT /api/v1/projects/p/kv/a%2Fb',
      'PUT /api/v1/projects/p/kv/k',
    ]);
  });

  test('for a value answer it with its version, or null', async () => {
    handle = (_request, response) => json(response, 200, 'x', { etag: '"7"' });
    expect(await client.values.get('p', 'k')).toEqual({ value: 'x', version: 7 });
    handle = (_request, response) => problem(response, 404, 'not_found');
    expect(await client.values.get('p', 'k')).toBeNull();
  });

  test('that make an artifact of a URL send what is known of it', async () => {
    const file = { url: 'https://example.com/f', sha256: 'a'.repeat(64), filename: 'f' };
    handle = (_request, response, body) => json(response, 201, JSON.parse(body.toString()));
    expect(await client.createExternalArtifact(file)).toEqual(file);
    expect(seen).toEqual(['POST /api/v1/artifacts/external']);
  });

  test('that upload send the bytes as they are, under the name', async () => {
    handle = (request, response, body) =>
      json(response, 201, { name: request.headers['x-artifact-filename'], text: body.toString() });
    for (const bytes of [new Uint8Array(Buffer.from('a')), new Blob(['a'])]) {
      expect(await client.uploadArtifact('ü %.txt', bytes)).toEqual({ name: '%C3%BC%20%25.txt', text: 'a' });
    }
    handle = (_request, response) => response.writeHead(204).end();
    await client.deleteArtifact('art_1');
    expect(seen.slice(1)).toEqual(['POST /api/v1/artifacts', 'DELETE /api/v1/artifacts/art_1']);
  });

  test('that create are tried again with an idempotency key, always the same, also while the first is being answered', async () => {
    const keys: unknown[] = [];
    handle = (request, response) => {
      keys.push(request.headers['idempotency-key']);
      if (keys.length === 1) return problem(response, 503, 'dependency_unavailable', { 'retry-after': '0' });
      if (keys.length === 2) return problem(response, 409, 'idempotency_in_progress', { 'retry-after': '0' });
      return json(response, 200, { jobs: [{ index: 0, id: 'job_1' }] });
    };
    expect(await client.submitBatch([{ project: 'p' }], { idempotencyKey: 'k' })).toEqual([{ index: 0, id: 'job_1' }]);
    expect(keys).toEqual(['k', 'k', 'k']);
  });

  test('that read are tried again when a dependency is down; a submission is not', async () => {
    let failures = 2;
    handle = (_request, response) =>
      failures-- > 0
        ? problem(response, 503, 'dependency_unavailable', { 'retry-after': '0' })
        : json(response, 200, { id: 'job_1' });
    expect(await client.getJob('job_1')).toEqual({ id: 'job_1' });
    expect(seen).toHaveLength(3);
    handle = (_request, response) => problem(response, 503, 'dependency_unavailable', { 'retry-after': '0' });
    await expect(client.submitJob({ project: 'p' })).rejects.toMatchObject({ status: 503 });
    expect(seen).toHaveLength(4);
  });

  test('to something that is no Computalot fail as problems too', async () => {
    handle = (_request, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<html>');
    await expect(client.getJob('x')).rejects.toMatchObject({ status: 404 });
  });
});

describe('results and tasks', () => {
  test('come line by line, however the bytes are cut', async () => {
    handle = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      const bytes = Buffer.from('{"index":0,"result":"é"}\n{"index":1}\n');
      for (const byte of bytes) response.write(Buffer.from([byte]));
      response.end();
    };
    const results = [];
    for await (const result of client.results('job_1')) results.push(result);
    expect(results).toEqual([{ index: 0, result: 'é' }, { index: 1 }]);
  });

  test('are paged through', async () => {
    handle = (request, response) =>
      json(
        response,
        200,
        request.url?.includes('cursor=c')
          ? { tasks: [{ index: 1 }], next_cursor: null }
          : { tasks: [{ index: 0 }], next_cursor: 'c' },
      );
    const tasks = [];
    for await (const task of client.tasks('job_1')) tasks.push(task.index);
    expect(tasks).toEqual([0, 1]);
  });
});

describe('a stream', () => {
  test('that breaks is resumed after the last event, and ends with the job', async () => {
    const lastIds: unknown[] = [];
    handle = (request, response) => {
      lastIds.push(request.headers['last-event-id']);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (lastIds.length === 1)
        response.write(sse('snapshot', '1', { job: {} }) + ': comment\n\n' + sse('output', '2', { text: 'a' }), () =>
          response.destroy(),
        );
      else response.end(sse('output', '3', { text: 'b' }) + sse('end', '3', { job: {} }));
    };
    const events = [];
    for await (const { event, id } of client.streamJob('job_1')) events.push([event, id]);
    expect(events).toEqual([
      ['snapshot', '1'],
      ['output', '2'],
      ['output', '3'],
      ['end', '3'],
    ]);
    expect(lastIds).toEqual([undefined, '2']);
  });

  test('of several jobs is resumed until each has ended', async () => {
    const asked: unknown[] = [];
    handle = (request, response) => {
      asked.push([request.url, request.headers['last-event-id']]);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(sse('end', `x${asked.length}`, { job: { id: `job_${asked.length}` } }));
    };
    const ended = [];
    for await (const { event, id } of client.watchJobs(['job_1', 'job_2', 'job_1'])) ended.push([event, id]);
    expect(ended).toEqual([
      ['end', 'x1'],
      ['end', 'x2'],
    ]);
    const url = '/api/v1/jobs/watch?ids=job_1,job_2';
    expect(asked).toEqual([
      [url, undefined],
      [url, 'x1'],
    ]);
  });

  test('is over when the server says that nothing more comes', async () => {
    handle = (_request, response) => response.writeHead(204).end();
    expect(await client.watchJobs(['job_1'], { lastEventId: 'behind its end' }).next()).toEqual({
      done: true,
      value: undefined,
    });
  });

  test('of a project goes on until it is gone', async () => {
    const asked: unknown[] = [];
    handle = (request, response) => {
      asked.push([request.url, request.headers['last-event-id']]);
      if (asked.length === 3) return problem(response, 404, 'not_found');
      return response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(sse('job', `x${asked.length}`, { job: { id: 'job_1', status: 'completed' } }));
    };
    const seen: unknown[] = [];
    const follow = async () => {
      for await (const { event, id } of client.watchProject('a b')) seen.push([event, id]);
    };
    await expect(follow()).rejects.toMatchObject({ code: 'not_found' });
    expect(seen).toEqual([
      ['job', 'x1'],
      ['job', 'x2'],
    ]);
    const url = '/api/v1/projects/a%20b/stream';
    expect(asked).toEqual([
      [url, undefined],
      [url, 'x1'],
      [url, 'x2'],
    ]);
  });

  test('of a job that does not exist is refused', async () => {
    handle = (_request, response) => problem(response, 404, 'not_found');
    await expect(client.streamJob('nope').next()).rejects.toMatchObject({ code: 'not_found' });
  });

  test('can be left', async () => {
    handle = (_request, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse('snapshot', '1', {}));
    const stop = new AbortController();
    const events = [];
    for await (const event of client.streamJob('job_1', { signal: stop.signal })) {
      events.push(event);
      stop.abort();
    }
    expect(events).toHaveLength(1);
  });
});

describe('waiting for a job', () => {
  test('ends with the stream', async () => {
    handle = (request, response) =>
      request.url?.endsWith('/stream')
        ? response
            .writeHead(200, { 'content-type': 'text/event-stream' })
            .end(sse('end', '1', { job: { id: 'job_1' } }))
        : json(response, 200, { id: 'job_1', status: 'completed' });
    expect(await client.waitForJob('job_1')).toMatchObject({ status: 'completed' });
  });

  test('ends by polling where no stream gets through', async () => {
    let looks = 0;
    handle = (request, response) =>
      request.url?.endsWith('/stream')
        ? response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
        : json(response, 200, { id: 'job_1', status: ++looks > 1 ? 'failed' : 'running' });
    expect(await client.waitForJob('job_1', { pollMs: 1 })).toMatchObject({ status: 'failed' });
  });

  test('gives up when it was told to', async () => {
    handle = (_request, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    await expect(client.waitForJob('job_1', { timeoutMs: 20 })).rejects.toMatchObject({ name: 'WaitTimeout' });
  });
});

describe('a packed folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sdk-spec-'));
    await mkdir(join(folder, 'src', '__pycache__'), { recursive: true });
    await mkdir(join(folder, '.git'));
    await writeFile(join(folder, 'run.py'), 'print(1)');
    await writeFile(join(folder, 'src', 'a.py'), '1');
    await writeFile(join(folder, 'src', '__pycache__', 'a.pyc'), '1');
    await writeFile(join(folder, '.git', 'HEAD'), '1');
    await symlink('run.py', join(folder, 'link'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('holds the files and gives the same bytes whenever it is packed', async () => {
    const first = await packFolder(folder);
    await utimes(join(folder, 'run.py'), new Date(), new Date(1_000_000));
    expect(Buffer.from(await packFolder(folder)).equals(Buffer.from(first))).toBe(true);
    const names: string[] = [];
    const parser = list({ onReadEntry: (entry) => names.push(entry.path) });
    parser.end(Buffer.from(first));
    expect(names).toEqual(['./link', './run.py', './src/a.py']);
  });

  test('is pushed as it is', async () => {
    handle = (request, response, body) => {
      expect(request.headers['content-type']).toBe('application/gzip');
      expect([body[0], body[1]]).toEqual([0x1f, 0x8b]);
      json(response, 201, { id: 'hash' });
    };
    expect(await client.pushProject('p', folder)).toEqual({ id: 'hash' });
  });

  test('without files is refused', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'sdk-spec-'));
    await expect(packFolder(empty)).rejects.toThrow('no files');
    await rm(empty, { recursive: true });
  });
});
