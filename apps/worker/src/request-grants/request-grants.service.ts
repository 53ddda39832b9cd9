import { grantAnswered, grantRequested, type BodyOf, type GrantTarget } from '@computalot/contracts';
import { DomainError, newUuid } from '@computalot/kernel';
import { PUBLISHER, type Publisher } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';

type GrantAnswer = BodyOf<typeof grantAnswered>;
export type Grant = NonNullable<GrantAnswer['grant']>;

/** Milliseconds to wait for each answer; requests and answers are best effort, so they are simply sent again. */
const WAITS_MS = [3_000, 5_000, 10_000, 20_000];
/** Milliseconds before a service that says it cannot answer now is asked again. */
const UNAVAILABLE_PAUSE_MS = 1_000;

/** Asks the artifact service for permission to move bytes. */
@Injectable()
export class RequestGrants {
  private readonly waiting = new Map<string, (answer: GrantAnswer | null) => void>();

  constructor(
    @Inject(PUBLISHER) private readonly publisher: Publisher,
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
  ) {}

  /** @throws DomainError with the service's own code when it refuses, `grant_unanswered` when it does not answer. */
  async request(target: GrantTarget): Promise<Grant> {
    let refusal: DomainError | undefined;
    for (const wait of WAITS_MS) {
      const answer = await this.ask(target, wait);
      if (answer?.grant) return answer.grant;
      if (!answer?.error) continue;
      refusal = new DomainError(answer.error.code, answer.error.message);
      if (answer.error.code !== 'storage_unavailable') throw refusal;
      await new Promise((resolve) => setTimeout(resolve, UNAVAILABLE_PAUSE_MS).unref());
    }
    throw refusal ?? new DomainError('grant_unanswered', 'the artifact service does not answer');
  }

  /** An answer to a question that nobody asks any more is ignored. */
  answer(answer: GrantAnswer): void {
    this.waiting.get(answer.request_id)?.(answer);
  }

  private ask(target: GrantTarget, waitMs: number): Promise<GrantAnswer | null> {
    const request_id = newUuid();
    return new Promise((resolve) => {
      const settle = (answer: GrantAnswer | null): void => {
        clearTimeout(timer);
        this.waiting.delete(request_id);
        resolve(answer);
      };
      const timer = setTimeout(settle, waitMs, null);
      this.waiting.set(request_id, settle);
      this.publisher.send(grantRequested, { request_id, worker_id: this.settings.workerId, target });
    });
  }
}
