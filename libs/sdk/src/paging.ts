export interface PageOptions {
  /** 1..500, default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}

export type Page<Name extends string, T> = { readonly [N in Name]: readonly T[] } & {
  readonly next_cursor: string | null;
};
