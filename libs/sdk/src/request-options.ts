export interface CreateOptions {
  /** The server answers a request with this key once, for 24 hours: it is tried again when the network or a dependency fails. */
  readonly idempotencyKey?: string;
}

export interface OutputOptions {
  /** Index or id. */
  readonly task?: number | string;
  readonly stream?: 'stdout' | 'stderr';
  readonly attempt?: number;
}
