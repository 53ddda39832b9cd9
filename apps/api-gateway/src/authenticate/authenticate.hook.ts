import { DATABASE, type Database } from '@computalot/database';
import { systemClock } from '@computalot/kernel';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LimitRate } from '../limit-rate/limit-rate.service.js';
import { Refusal } from '../problems/refusal.js';
import { isAdminPath, isOperatorPath } from './admin-paths.js';
import { KeyCache, type Principal } from './key-cache.js';

const API = '/api/';
const NO_KEY = 'The Authorization header holds no API key ("Bearer flk_…").';
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

const principals = new WeakMap<FastifyRequest, Principal>();

/** The account behind an authenticated request. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (!principal) throw new Refusal('unauthorized', 'This route needs an API key.');
  return principal;
}

/** The API key of an authenticated request. */
export function bearerOf(request: FastifyRequest): string {
  return bearerIn(request.headers.authorization) ?? '';
}

function bearerIn(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

/** Authenticates every request below /api, counts it against the rate of its account and checks the role, before its body is read. */
@Injectable()
export class AuthenticateHook implements OnModuleInit {
  private readonly keys: KeyCache;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    private readonly rates: LimitRate,
  ) {
    this.keys = new KeyCache(database, systemClock);
  }

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', async (request, reply) => {
      const path = routedPath(request);
      if (!path.startsWith(API)) return;
      const principal = await this.authenticate(request, reply);
      await this.rates.admit(principal.account_id, reply);
      refuseRole(principal, request.method, path);
      principals.set(request, principal);
    });
  }

  /** After a change of the key: the next request with it asks the database. Other gateways do so within seconds. */
  forgetKey(keyId: string): void {
    this.keys.forget(keyId);
  }

  private async authenticate(request: FastifyRequest, reply: FastifyReply): Promise<Principal> {
    const { authorization } = request.headers;
    if (authorization === undefined) throw new Refusal('unauthorized', 'The Authorization header is missing.');
    const key = bearerIn(authorization) ?? '';
    // A key that has worked is no guess: neighbours of whoever guesses go on.
    if (!this.keys.hasWorked(key)) await this.rates.refuseGuessing(request.ip, reply);
    const isKey = key.startsWith('flk_');
    const principal = isKey ? await this.keys.find(key) : null;
    if (principal) return principal;
    await this.rates.noteFailure(request.ip);
    throw new Refusal('unauthorized', isKey ? 'This API key does not exist or was revoked.' : NO_KEY);
  }
}

/** The path the router decided on: the route's own pattern, so that no spelling of the URL slips past; the URL where there is no route. */
function routedPath(request: FastifyRequest): string {
  return request.routeOptions.url ?? request.url;
}

function refuseRole({ role, is_operator }: Principal, method: string, path: string): void {
  if (isAdminPath(path) && role !== 'admin')
    throw new Refusal('forbidden', `This needs a key with the role admin; this one is ${role}.`);
  // Nothing crosses accounts: an account's own admin is no operator of the installation.
  if (isOperatorPath(path) && !is_operator)
    throw new Refusal('forbidden', 'This needs an admin key of the operator’s account.');
  if (role === 'viewer' && !READS.has(method))
    throw new Refusal('forbidden', 'A key with the role viewer may only read.');
}
