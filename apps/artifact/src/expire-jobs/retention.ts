/** Injection token of the {@link Retention}. */
export const RETENTION = Symbol('RETENTION');

export interface Retention {
  /** Seconds after its end for which a job is kept; null keeps jobs for ever. */
  readonly resultTtl_s: number | null;
}

/** Of the setting, where 0 means never. */
export const retentionOf = (resultTtl_s: number): Retention => ({
  resultTtl_s: resultTtl_s === 0 ? null : resultTtl_s,
});
