import type { KeptAnswer } from '@computalot/database';
import type { FastifyReply } from 'fastify';

/** Thrown where a request is found to have been answered before; it leaves as the answer of then. */
export class ReplayedAnswer extends Error {
  override readonly name = 'ReplayedAnswer';

  constructor(private readonly answer: KeptAnswer) {
    super('answered before');
  }

  send(reply: FastifyReply): void {
    const { status, headers, body } = this.answer;
    void reply
      .code(status)
      .headers(JSON.parse(headers) as Record<string, string>)
      .header('idempotency-replayed', 'true')
      .serializer((text) => text as string)
      .send(body);
  }
}
