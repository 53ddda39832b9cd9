import type { DeliveryObject, WebhookSecretObject } from '@computalot/contracts';
import type { DeliveryRow, WebhookSecret } from '@computalot/database';
import { encodeId } from '@computalot/kernel';

export function deliveryObject(row: DeliveryRow): DeliveryObject {
  return {
    id: encodeId('msg', row.id),
    url: row.url,
    type: row.type,
    run: row.run,
    state: row.state,
    attempts: row.attempts,
    last_status: row.last_status,
    last_error: row.last_error,
    recent_attempts: row.recent_attempts.map((attempt) => ({
      ...attempt,
      ended_at: new Date(attempt.ended_at).toISOString(),
    })),
    created_at: row.created_at.toISOString(),
    next_attempt_at: row.state === 'pending' ? row.next_attempt_at.toISOString() : null,
    delivered_at: row.delivered_at?.toISOString() ?? null,
  };
}

export function webhookSecretObject({ secret, previous_valid_until }: WebhookSecret): WebhookSecretObject {
  return { secret, previous_valid_until: previous_valid_until?.toISOString() ?? null };
}
