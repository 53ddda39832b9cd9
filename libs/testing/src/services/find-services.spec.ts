import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { freePort } from '../platform/free-port.js';
import { findService, forgetFoundServices } from './find-services.js';

let server: Server | undefined;
const sockets: Socket[] = [];
afterEach(() => {
  server?.close();
  sockets.forEach((socket) => socket.destroy());
  delete process.env.TEST_LIVE_URL;
  forgetFoundServices();
});

/** Speaks as much of Redis as a look at it needs. */
async function fakeRedis(): Promise<number> {
  const port = await freePort();
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (const command of data.toString().match(/\$\d+\r\n(info|ping|client|hello)/gi) ?? []) {
        if (/info/i.test(command)) socket.write('$16\r\nredis_version:7\n\r\n');
        else socket.write(/ping/i.test(command) ? '+PONG\r\n' : '+OK\r\n');
      }
    });
  });
  await new Promise<void>((listening) => server?.listen(port, '127.0.0.1', listening));
  return port;
}

describe('findService', () => {
  test('takes the URL of the variable when it leads somewhere', async () => {
    process.env.TEST_LIVE_URL = `redis://127.0.0.1:${await fakeRedis()}`;
    expect(await findService('live')).toMatchObject({ url: process.env.TEST_LIVE_URL, how: 'by TEST_LIVE_URL' });
  });

  test('a variable that leads nowhere is an error, not a skipped suite, and keeps its password', async () => {
    process.env.TEST_LIVE_URL = `redis://:hunter2@127.0.0.1:${await freePort()}`;
    await expect(findService('live')).rejects.toThrow(/^TEST_LIVE_URL is set but does not lead to Redis/);
    await expect(findService('live')).rejects.not.toThrow(/hunter2/);
  });
});
