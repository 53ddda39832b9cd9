import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { JsonBody } from '../parse-json/json-body.js';
import { AnswerOnce } from './answer-once.service.js';
import { idempotentOptionsOf } from './idempotent.decorator.js';

/** Claims the key of a request when its body has been read, and keeps the answer before it leaves. A request without the header passes by. */
@Injectable()
export class AnswerOnceHook implements OnModuleInit {
  constructor(
    private readonly answers: AnswerOnce,
    private readonly host: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('preHandler', (request, _reply, done) => {
      if (request.headers['idempotency-key'] === undefined) done();
      else this.claim(request).then(() => done(), done);
    });
    fastify.addHook('onSend', (request, reply, payload, done) => {
      if (this.answers.isClaimed(request)) void this.answers.settle(request, reply, payload).then(() => done());
      else done();
    });
  }

  private async claim(request: FastifyRequest): Promise<void> {
    const options = idempotentOptionsOf(request);
    if (!options) return;
    const key = this.answers.keyOf(request);
    const body = (request.body ?? { text: '' }) as Partial<JsonBody>;
    // A body of another type is refused by the handler, and nothing is created.
    if (key === undefined || options.body === 'streamed' || typeof body.text !== 'string') return;
    await this.answers.claim(request, key, body.text);
  }
}
