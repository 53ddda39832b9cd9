export type EmbeddedPostgresErrorCode =
  | 'unsupported_platform'
  | 'no_unprivileged_user'
  | 'not_traversable'
  | 'wrong_owner'
  | 'initdb_failed'
  | 'start_failed'
  | 'stop_failed';

/** Why the embedded Postgres cannot run; the message says what the operator can do. */
export class EmbeddedPostgresError extends Error {
  constructor(
    readonly code: EmbeddedPostgresErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'EmbeddedPostgresError';
  }
}
