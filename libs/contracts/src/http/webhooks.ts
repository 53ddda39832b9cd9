/** One webhook of one end of a job. */
export interface DeliveryObject {
  /** `msg_…`, what the receiver sees as `webhook-id`. */
  readonly id: string;
  readonly url: string;
  /** `job.completed`, `job.partial`, `job.failed` or `job.cancelled`. */
  readonly type: string;
  /** Which end of the job it tells of. */
  readonly run: number;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** HTTP status of the last attempt; null when no answer came. */
  readonly last_status: number | null;
  readonly last_error: string | null;
  /** The last ten, oldest first. */
  readonly recent_attempts: readonly DeliveryAttempt[];
  readonly created_at: string;
  /** Null once it has ended. */
  readonly next_attempt_at: string | null;
  readonly delivered_at: string | null;
}

export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface DeliveryAttempt {
  readonly number: number;
  readonly ended_at: string;
  readonly status: number | null;
  readonly error: string | null;
}

export interface WebhookSecretObject {
  /** `whsec_…`, as Standard Webhooks writes it. */
  readonly secret: string;
  /** Until then the secret before it signs too; null: none does. */
  readonly previous_valid_until: string | null;
}
