import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { GATEWAY_OPTIONS, type GatewayOptions } from '../gateway-options.js';
import { Refusal } from '../problems/refusal.js';
import { addressBlock } from './address-block.js';
import { rateFields } from './rate-fields.js';
import { RedisCounts } from './redis-counts.js';
import { memoryLimiter, RequestCounter, type Allowance, type Count } from './request-counter.js';

const FAILURES_WINDOW_S = 60;
const KEY_PREFIX = 'computalot:rate:';

/** Keeps accounts, and addresses that try keys, within what one of them may ask. */
@Injectable()
export class LimitRate implements OnApplicationShutdown {
  private readonly logger = new Logger(LimitRate.name);
  private readonly shared: RedisCounts | null;
  /** By account. */
  readonly requests: RequestCounter;
  /** By address. */
  private readonly failures: RequestCounter;

  constructor(@Inject(GATEWAY_OPTIONS) { rateLimits }: GatewayOptions) {
    const { requests, window_s, failedAuthentications, storeUrl } = rateLimits;
    const tell = (line: string): void => this.logger.warn(line);
    this.shared = /^rediss?:/.test(storeUrl) ? new RedisCounts({ url: storeUrl, keyPrefix: KEY_PREFIX, tell }) : null;
    this.requests = this.counter({ name: 'account', requests, window_s });
    this.failures = this.counter({ name: 'address', requests: failedAuthentications, window_s: FAILURES_WINDOW_S });
  }

  /** Counts a request of the account and says in the answer where it stands. @throws Refusal when it is one too many */
  async admit(accountId: string, reply: FastifyReply): Promise<void> {
    const { allowance } = this.requests;
    const count = await this.requests.take(accountId);
    void reply.headers(rateFields(allowance, count));
    if (count.isOver)
      throw tooMany(count, `This account may send ${allowance.requests} requests in ${allowance.window_s} s.`);
  }

  /** Of an address that presented too many keys that do not work, no further one is looked up. @throws Refusal */
  async refuseGuessing(address: string, reply: FastifyReply): Promise<void> {
    const count = await this.failures.look(addressBlock(address));
    if (!count.isOver) return;
    void reply.headers(rateFields(this.failures.allowance, count));
    throw tooMany(count, 'Too many API keys that do not work came from this address.');
  }

  async noteFailure(address: string): Promise<void> {
    await this.failures.take(addressBlock(address));
  }

  onApplicationShutdown(): void {
    this.shared?.close();
  }

  private counter(allowance: Allowance): RequestCounter {
    return this.shared?.counter(allowance) ?? new RequestCounter(allowance, memoryLimiter(allowance));
  }
}

function tooMany({ reset_s }: Count, detail: string): Refusal {
  return new Refusal('rate_limited', `${detail} There are more in ${reset_s} s.`, {
    headers: { 'retry-after': String(reset_s) },
  });
}
