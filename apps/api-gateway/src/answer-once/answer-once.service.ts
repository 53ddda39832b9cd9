import { createHash } from 'node:crypto';
import {
  claimIdempotencyKey,
  DATABASE,
  forgetKeyIfClaimed,
  keepAnswerIfClaimed,
  reopenKeyIfClaimed,
  type Database,
  type KeyClaim,
  type KeptAnswer,
} from '@computalot/database';
import { derivedUuid, newUuid } from '@computalot/kernel';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bearerOf, principalOf } from '../authenticate/authenticate.hook.js';
import { Refusal } from '../problems/refusal.js';
import { fingerprintOf, isIdempotencyKey } from './fingerprint.js';
import { idempotentOptionsOf } from './idempotent.decorator.js';
import { keptHeaders } from './kept-headers.js';
import { ReplayedAnswer } from './replayed-answer.js';
import { openText, sealText } from './seal-answer.js';

/** Seconds after which a request that has not answered is given up for lost. */
const STALE_AFTER_S = 60;
const RETRY_AFTER_S = '1';
const TOO_MANY = 429;

/** What a handler needs to know of what it creates. */
export interface Creation {
  /** The id of the n-th object; the same for the same request sent again. */
  id(n?: number): string;
  /** When the request was begun before and not answered: its objects may exist. Null for one that is new. */
  readonly begunAt: Date | null;
}

/** Answers a request with an `Idempotency-Key` once; the same request again gets the same answer. */
@Injectable()
export class AnswerOnce {
  private readonly logger = new Logger(AnswerOnce.name);
  private readonly claims = new WeakMap<FastifyRequest, KeyClaim>();

  constructor(@Inject(DATABASE) private readonly database: Database) {}

  creationOf(request: FastifyRequest): Creation {
    const claim = this.claims.get(request);
    if (!claim) return { id: newUuid, begunAt: null };
    return { id: (n = 0) => derivedUuid(claim.seed, n), begunAt: claim.taken_over ? claim.created_at : null };
  }

  /** For a route whose body is a stream, when it has been read; `hash` is of its bytes. @throws ReplayedAnswer, Refusal */
  async claimStreamed(request: FastifyRequest, hash: string): Promise<void> {
    const key = this.keyOf(request);
    if (key !== undefined) await this.claim(request, key, hash);
  }

  /** Undefined without the header. @throws Refusal for one that is no key */
  keyOf(request: FastifyRequest): string | undefined {
    const key = request.headers['idempotency-key'];
    if (key === undefined || isIdempotencyKey(key)) return key;
    const detail = 'The header Idempotency-Key is not one value of 1 to 255 visible ASCII characters.';
    throw new Refusal('malformed_request', detail);
  }

  /** @throws ReplayedAnswer, Refusal */
  async claim(request: FastifyRequest, key: string, body: string): Promise<void> {
    const route = `${request.method} ${request.routeOptions.url ?? ''}`;
    const place = { account_id: principalOf(request).account_id, route, key };
    const outcome = await claimIdempotencyKey(this.database, place, this.fingerprint(request, body), STALE_AFTER_S);
    switch (outcome.kind) {
      case 'claimed':
        this.claims.set(request, outcome.claim);
        return;
      case 'answered':
        throw new ReplayedAnswer(this.opened(request, outcome.answer));
      case 'in_progress':
        throw new Refusal('idempotency_in_progress', 'The first request with this Idempotency-Key is still running.', {
          headers: { 'retry-after': RETRY_AFTER_S },
        });
      case 'other_request':
        throw new Refusal('idempotency_key_reused', 'This Idempotency-Key was sent before with another request.');
    }
  }

  isClaimed(request: FastifyRequest): boolean {
    return this.claims.has(request);
  }

  /** Keeps the answer that is about to leave. It leaves also when that fails: the same request finds what was created by its ids. */
  async settle(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<void> {
    const claim = this.claims.get(request);
    if (!claim) return;
    this.claims.delete(request);
    try {
      await this.settleClaim(claim, request, reply, payload);
    } catch (error) {
      this.logger.error(`the answer to request ${request.id} could not be kept: ${(error as Error).message}`);
    }
  }

  private async settleClaim(
    claim: KeyClaim,
    request: FastifyRequest,
    reply: FastifyReply,
    payload: unknown,
  ): Promise<void> {
    const status = reply.statusCode;
    if (status === TOO_MANY) return forgetKeyIfClaimed(this.database, claim);
    if (status >= 500 || (typeof payload !== 'string' && payload !== undefined))
      return reopenKeyIfClaimed(this.database, claim);
    const body = this.isSecret(request) ? sealText(payload ?? '', bearerOf(request)) : (payload ?? '');
    await keepAnswerIfClaimed(this.database, claim, { status, headers: keptHeaders(reply.getHeaders()), body });
  }

  private fingerprint(request: FastifyRequest, body: string): Buffer {
    const reader = this.isSecret(request) ? createHash('sha256').update(bearerOf(request)).digest('base64') : '';
    const { method, url } = request;
    return fingerprintOf({ method, url, content_type: request.headers['content-type'], body, reader });
  }

  private opened(request: FastifyRequest, answer: KeptAnswer): KeptAnswer {
    return this.isSecret(request) ? { ...answer, body: openText(answer.body, bearerOf(request)) } : answer;
  }

  private isSecret(request: FastifyRequest): boolean {
    return idempotentOptionsOf(request)?.isSecret === true;
  }
}
