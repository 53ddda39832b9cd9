import { uploadRequested, type BodyOf, type uploadAnswered } from '@computalot/contracts';
import { newUuid } from '@computalot/kernel';
import { PUBLISHER, type Publisher } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_OPTIONS, type GatewayOptions } from '../gateway-options.js';
import { Refusal } from '../problems/refusal.js';

type Answer = BodyOf<typeof uploadAnswered>;
type Question = Pick<BodyOf<typeof uploadRequested>, 'action' | 'artifact_id' | 'parts'>;

/** Milliseconds to wait for each answer; questions and answers are best effort, so they are simply sent again. */
const SIGNING_WAITS_MS = [2_000, 4_000];
/** Milliseconds for which a request is held while its upload is verified. */
const VERIFYING_WAIT_MS = 10_000;

/** Asks the artifact service, which alone signs URLs and verifies what arrived. */
@Injectable()
export class AskArtifact {
  private readonly waiting = new Map<string, (answer: Answer | null) => void>();

  constructor(
    @Inject(PUBLISHER) private readonly publisher: Publisher,
    @Inject(GATEWAY_OPTIONS) private readonly options: GatewayOptions,
  ) {}

  /** URLs in the order of the parts, one when there are none; null when nobody uploads the artifact any more. @throws Refusal when nobody answers */
  async sign(artifact_id: string, parts: number[]): Promise<string[] | null> {
    for (const wait of SIGNING_WAITS_MS) {
      const answer = await this.ask({ action: 'sign', artifact_id, parts }, wait);
      if (answer) return answer.urls;
    }
    const detail = 'The artifact service does not answer. What was begun is kept: the same request goes on with it.';
    throw new Refusal('dependency_unavailable', detail, { headers: { 'retry-after': '2' } });
  }

  /** Resolves when it is verified, or has not been for a while: the row of the upload says which. */
  async verify(artifact_id: string): Promise<void> {
    await this.ask({ action: 'verify', artifact_id, parts: [] }, VERIFYING_WAIT_MS);
  }

  /** An answer to a question that nobody asks any more is ignored. */
  answer(answer: Answer): void {
    this.waiting.get(answer.request_id)?.(answer);
  }

  private ask(question: Question, waitMs: number): Promise<Answer | null> {
    const request_id = newUuid();
    return new Promise((resolve) => {
      const settle = (answer: Answer | null): void => {
        clearTimeout(timer);
        this.waiting.delete(request_id);
        resolve(answer);
      };
      const timer = setTimeout(settle, waitMs, null);
      this.waiting.set(request_id, settle);
      this.publisher.send(uploadRequested, { request_id, gateway_id: this.options.gatewayId, ...question });
    });
  }
}
