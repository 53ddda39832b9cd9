import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createAccount,
  createKey,
  createPrisma,
  DATABASE,
  PRISMA,
  SECRET_KEYS,
  SecretKeys,
  type Database,
} from '@computalot/database';
import { createLiveFeed, LIVE_FEED, type LiveFeed } from '@computalot/live-feed';
import { OUTBOX_RELAY, PUBLISHER } from '@computalot/messaging';
import { createObjectStore, OBJECT_STORE, type ObjectStore } from '@computalot/object-store';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { uploadRequested, type BodyOf, type KeyRole } from '@computalot/contracts';
import { placementFactsIn } from '@computalot/testing';
import { createGatewayAdapter } from '../create-gateway-adapter.js';
import { GatewayModule } from '../gateway.module.js';
import type { GatewayOptions } from '../gateway-options.js';
import { AskArtifact } from '../upload-artifact/ask-artifact.service.js';
import { serveUpload } from './serve-uploads.js';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | number | undefined>;
  readonly text: string;
  /** The body parsed; empty when it is no JSON. */
  readonly json: Record<string, unknown>;
}

export interface Gateway {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly feed: LiveFeed;
  readonly objects: ObjectStore;
  /** How often the relay was woken. */
  readonly wakes: () => number;
  /** A new account, with a key of the role. */
  account(name: string, role?: KeyRole): Promise<{ id: string; key: string }>;
  /** One more key of an account. */
  keyOf(accountId: string, role: KeyRole): Promise<string>;
  call(
    method: string,
    path: string,
    options?: { key?: string; body?: unknown; raw?: string | Buffer; headers?: Record<string, string> },
  ): Promise<Answer>;
  stop(): Promise<void>;
}

/** The gateway alone, over a real database, with an in-process feed (of its own unless named), a folder of objects and a relay that only counts. */
export async function startGateway(
  database: Database,
  options: Partial<GatewayOptions> = {},
  feedName?: string,
): Promise<Gateway> {
  const folder = await mkdtemp(join(tmpdir(), 'computalot-gateway-'));
  const feed = createLiveFeed({ url: `inproc:${feedName ?? folder}` });
  const objects = createObjectStore({ url: pathToFileURL(folder).href });
  await objects.ensureReady();
  let wakes = 0;
  const adapters = [
    { provide: DATABASE, useValue: database },
    { provide: PRISMA, useValue: createPrisma(database) },
    { provide: SECRET_KEYS, useValue: new SecretKeys(SecretKeys.generate()) },
    { provide: LIVE_FEED, useValue: feed },
    { provide: OBJECT_STORE, useValue: objects },
    { provide: OUTBOX_RELAY, useValue: { wake: () => wakes++ } },
    { provide: PUBLISHER, useValue: { send: (message: unknown, body: unknown) => answerUpload(message, body) } },
  ];
  const answerUpload = (message: unknown, body: unknown): void => {
    if (message !== uploadRequested) return;
    void serveUpload(database, objects, body as BodyOf<typeof uploadRequested>).then(
      (answer) => app.get(AskArtifact).answer(answer),
      () => undefined,
    );
  };
  class Adapters {}
  Global()(Adapters);
  Module({ providers: adapters, exports: adapters.map(({ provide }) => provide) })(Adapters);
  class Root {}
  Module({ imports: [Adapters, GatewayModule.withOptions(options)] })(Root);
  const app = await NestFactory.create<NestFastifyApplication>(Root, createGatewayAdapter(), {
    logger: ['error'],
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    app,
    url,
    feed,
    objects,
    wakes: () => wakes,
    account: (name, role = 'member') => makeAccount(database, name, role),
    keyOf: (accountId, role) => makeKey(database, accountId, role),
    call: (method, path, request = {}) => call(url, method, path, request),
    stop: async () => {
      await app.close();
      await feed.close();
      await objects.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function makeAccount(database: Database, name: string, role: KeyRole): Promise<{ id: string; key: string }> {
  const account = await createAccount(database, name);
  if (!account) throw new Error(`account ${name} exists`);
  return { id: account.id, key: await makeKey(database, account.id, role) };
}

async function makeKey(database: Database, accountId: string, role: KeyRole): Promise<string> {
  const key = await createKey(database, accountId, { role, name: 'test' });
  if (!key) throw new Error('no key');
  return key.key;
}

async function call(
  url: string,
  method: string,
  path: string,
  {
    key,
    body,
    raw,
    headers,
  }: { key?: string; body?: unknown; raw?: string | Buffer; headers?: Record<string, string> },
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body !== undefined || raw !== undefined ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(raw !== undefined ? { body: raw as string } : body !== undefined ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  refusePlacement(path, response.headers.get('content-type') ?? '', text);
  return { status: response.status, headers: Object.fromEntries(response.headers), text, json: parse(text) };
}

/** Every answer of every spec is looked into; operators may see placement. */
function refusePlacement(path: string, contentType: string, text: string): void {
  if (!path.startsWith('/api/') || path.startsWith('/api/v1/admin/')) return;
  const facts = placementFactsIn(contentType, text);
  if (facts.length > 0) throw new Error(`${path} tells where work runs:\n${facts.join('\n')}`);
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
