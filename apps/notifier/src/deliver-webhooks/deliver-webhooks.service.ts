import {
  claimDueDeliveries,
  DATABASE,
  finishDeliveryAttempt,
  keepWebhookSecret,
  type ClaimedDelivery,
  type Database,
  type DeliveryOutcome,
} from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { PrivateTargetError } from '@computalot/service-host';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { decideAfterError, decideOutcome } from './decide-outcome.js';
import { postWebhook } from './post-webhook.js';
import { signWebhook } from './sign-webhook.js';
import { WEBHOOK_OPTIONS, type WebhookOptions } from './webhook-options.js';

const DEFAULTS = { timeoutMs: 10_000, atOnce: 64, perHost: 4 };
/** How long a claim outlives the attempt it is for. */
const CLAIM_SLACK_S = 50;

/** Sends what is due. Attempts run beside each other, bounded in all and per host, so that a slow endpoint delays only itself. */
@Injectable()
export class DeliverWebhooks {
  private readonly logger = new Logger(DeliverWebhooks.name);
  private readonly options: Required<WebhookOptions>;
  private readonly underWay = new Map<Promise<void>, string>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(WEBHOOK_OPTIONS) options: WebhookOptions,
  ) {
    this.options = { ...DEFAULTS, ...options };
  }

  /** Starts attempts for the free slots and returns how many; does not wait for them. `onEnded` is called after each. */
  async startDue(onEnded: () => void): Promise<number> {
    const { atOnce, perHost, timeoutMs } = this.options;
    const limit = atOnce - this.underWay.size;
    if (limit <= 0) return 0;
    const underWay = new Map<string, number>();
    for (const host of this.underWay.values()) underWay.set(host, (underWay.get(host) ?? 0) + 1);
    const claim_s = timeoutMs / 1_000 + CLAIM_SLACK_S;
    const claimed = await claimDueDeliveries(this.database, { limit, perHost, underWay, claim_s });
    for (const delivery of claimed) this.start(delivery, onEnded);
    return claimed.length;
  }

  /** Resolves when nothing is under way. */
  async settle(): Promise<void> {
    await Promise.all(this.underWay.keys());
  }

  private start(delivery: ClaimedDelivery, onEnded: () => void): void {
    const attempt = this.attempt(delivery)
      .catch((error: unknown) => this.logger.error(`delivery ${delivery.id} could not be recorded`, error))
      .finally(() => {
        this.underWay.delete(attempt);
        onEnded();
      });
    this.underWay.set(attempt, delivery.host);
  }

  private async attempt(delivery: ClaimedDelivery): Promise<void> {
    const outcome = await this.send(delivery);
    await finishDeliveryAttempt(this.database, delivery, outcome);
    if (outcome.state === 'dead') this.logger.warn(`delivery ${delivery.id} is dead: ${outcome.error}`);
  }

  private async send(delivery: ClaimedDelivery): Promise<DeliveryOutcome> {
    const facts = () => ({ number: delivery.tries, since: delivery.due_since, now: Date.now() });
    try {
      const secret = delivery.webhook_secret ?? (await keepWebhookSecret(this.database, delivery.account_id))?.secret;
      if (secret === undefined) return { state: 'dead', status: null, error: 'the account is gone' };
      const previous = delivery.previous_webhook_secret;
      const headers = signedHeaders(previous === null ? [secret] : [secret, previous], delivery);
      return decideOutcome(await postWebhook(delivery.url, headers, delivery.body, this.options), facts());
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof PrivateTargetError) return { state: 'dead', status: null, error: message };
      return decideAfterError(message, facts());
    }
  }
}

/** Every secret that is valid signs: receivers that know either accept. */
function signedHeaders(secrets: readonly string[], { id, body }: ClaimedDelivery): Record<string, string> {
  const webhookId = encodeId('msg', id);
  const timestamp = Math.floor(Date.now() / 1_000);
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'Computalot-Webhooks/1',
    'webhook-id': webhookId,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': secrets.map((secret) => signWebhook(secret, webhookId, timestamp, body)).join(' '),
  };
}
