import { afterEach, describe, expect, test } from '@jest/globals';
import { Module, type DynamicModule } from '@nestjs/common';
import { Server } from '@nestjs/microservices';
import { createLogger } from './logger.js';
import { runService, type RunningService, type ServiceOptions } from './run-service.js';
import type { ServiceTransport } from './service-transport.js';

/** Collects what happened, in order. */
const trace: string[] = [];
const lines: string[] = [];

class FakeStrategy extends Server {
  listen(callback: () => void): void {
    trace.push('listen');
    callback();
  }
  close(): void {
    trace.push('strategy closed');
  }
  on(): void {}
  unwrap<T>(): T {
    return undefined as T;
  }
}

const fakeTransport = (state = { connected: true, consuming: true }): ServiceTransport => ({
  strategy: new FakeStrategy(),
  isConnected: () => state.connected,
  consuming: () => [{ queue: 'planner.jobs', alive: state.consuming }],
  close: async () => void trace.push('transport closed'),
});

class Worklike {
  onModuleDestroy = async () => void trace.push('loops stopped');
  beforeApplicationShutdown = async () => void trace.push('flushed');
  onApplicationShutdown = async () => void trace.push('adapters closed');
}
class WorklikeModule {}
Module({})(WorklikeModule);
const worklike: DynamicModule = { module: WorklikeModule, providers: [Worklike] };

let service: RunningService | undefined;
async function start(options: Partial<ServiceOptions> = {}): Promise<RunningService> {
  service = await runService({
    name: 'probe',
    imports: [worklike],
    transport: fakeTransport(),
    readiness: {},
    handleSignals: false,
    logger: createLogger({ service: 'probe', level: 'debug', destination: { write: (line) => void lines.push(line) } }),
    ...options,
  });
  return service;
}
const ready = async ({ url }: RunningService) => {
  const response = await fetch(`${url}/health/ready`);
  return { status: response.status, body: (await response.json()) as unknown };
};

afterEach(async () => {
  await service?.stop();
  service = undefined;
  trace.length = lines.length = 0;
});

describe('runService', () => {
  test('is ready when every dependency is, and names them', async () => {
    const { status, body } = await ready(await start({ readiness: { database: () => undefined } }));
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'ready',
      dependencies: { database: { status: 'up' }, broker: { status: 'up' }, consumers: { status: 'up' } },
    });
  });

  test('a dependency that is down makes it 503 with its reason but without its password; live stays 200', async () => {
    const refuse = () => Promise.reject(new Error('cannot reach postgresql://me:hunter2@db/x'));
    const running = await start({ readiness: { database: refuse } });
    const { status, body } = await ready(running);
    expect(status).toBe(503);
    expect(body).toMatchObject({
      status: 'not_ready',
      dependencies: { database: { status: 'down', error: 'cannot reach postgresql://db/x' }, broker: { status: 'up' } },
    });
    expect((await fetch(`${running.url}/health/live`)).status).toBe(200);
  });

  test('a consumer that silently stopped makes it not ready', async () => {
    const state = { connected: true, consuming: true };
    const running = await start({ transport: fakeTransport(state) });
    expect((await ready(running)).status).toBe(200);
    state.consuming = false;
    expect(await ready(running)).toMatchObject({
      status: 503,
      body: { dependencies: { consumers: { status: 'down', error: 'not consuming planner.jobs' } } },
    });
  });

  test('metrics show CPU to loopback, nothing to whom a proxy forwards, and all to the token', async () => {
    const { url } = await start({ metricsToken: 'open-sesame' });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('process_cpu_user_seconds_total');
    const forwarded = { 'x-forwarded-for': '203.0.113.9' };
    expect((await fetch(`${url}/metrics`, { headers: forwarded })).status).toBe(403);
    expect((await fetch(`${url}/metrics`, { headers: { ...forwarded, authorization: 'Bearer guess' } })).status).toBe(
      403,
    );
    expect(
      (await fetch(`${url}/metrics`, { headers: { ...forwarded, authorization: 'Bearer open-sesame' } })).status,
    ).toBe(200);
  });

  test('drains in order and once, however often it is asked', async () => {
    const running = await start({
      beforeDrain: async () => void trace.push('work handed back'),
      afterClose: async () => void trace.push('after close'),
    });
    expect(await Promise.all([running.stop(), running.stop()])).toEqual([true, true]);
    const order = [
      'listen',
      'work handed back',
      'strategy closed',
      'loops stopped',
      'flushed',
      'adapters closed',
      'transport closed',
      'after close',
    ];
    expect(trace.filter((step, at) => trace.indexOf(step) === at)).toEqual(order);
    expect(trace.filter((step) => step === 'transport closed')).toHaveLength(1);
    await expect(fetch(`${running.url}/health/live`)).rejects.toThrow();
  });

  test('a port that is taken is said in words, and what was opened is closed', async () => {
    const first = await start();
    trace.length = 0;
    const http = { host: '127.0.0.1', port: Number(new URL(first.url).port) };
    await expect(start({ http })).rejects.toThrow(`127.0.0.1:${http.port} is taken`);
    expect(trace).toEqual(expect.arrayContaining(['strategy closed', 'adapters closed', 'transport closed']));
    await first.stop();
  });

  test('writes JSON lines with the service name and without secrets', async () => {
    const { logger } = await start();
    logger.info({ request: { authorization: 'Bearer flk_x' }, password: 'p' }, 'hello');
    const line = JSON.parse(lines.find((text) => text.includes('hello'))!) as object;
    expect(line).toMatchObject({
      service: 'probe',
      level: 'info',
      request: { authorization: '[redacted]' },
      password: '[redacted]',
    });
  });
});
