import { setTimeout as pause } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeout_s?: number;
  /** Between two looks. */
  readonly every_ms?: number;
}

/** Looks again and again until `look` gives something truthy, and returns that. @throws what `look` throws, or a timeout that names `what`. */
export async function waitUntil<T>(
  what: string,
  look: () => Promise<T> | T,
  options: WaitOptions = {},
): Promise<NonNullable<T>> {
  const { timeout_s = 60, every_ms = 25 } = options;
  const deadline = Date.now() + timeout_s * 1_000;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`waited ${timeout_s} s in vain for: ${what}`);
    await pause(every_ms);
  }
}
