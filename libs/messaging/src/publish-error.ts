import { DomainError } from '@computalot/kernel';

/**
 * Why a durable message is still the caller's. `invalid_message`: the body does not match its schema, publishing it again cannot help.
 * All others may succeed later: `broker_unavailable` (not confirmed in time), `buffer_full` (too much waits for the broker already),
 * `refused` (the broker said no), `unroutable` (no such queue), `closed` (the transport was closed first).
 */
export type PublishErrorCode =
  'invalid_message' | 'broker_unavailable' | 'buffer_full' | 'refused' | 'unroutable' | 'closed';

export class PublishError extends DomainError<PublishErrorCode> {
  override readonly name = 'PublishError';
}
