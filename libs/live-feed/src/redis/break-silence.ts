import type { Redis } from 'ioredis';

/** A connection whose other end vanished without a word stays "ready" for minutes. When `reply` takes longer than this, it is made anew. */
export async function breakSilence<T>(connection: Redis, after_ms: number, reply: Promise<T>): Promise<T> {
  const timer = setTimeout(() => connection.disconnect(true), after_ms).unref();
  try {
    return await reply;
  } finally {
    clearTimeout(timer);
  }
}

/** How long a command that does not block may take. */
export const COMMAND_SILENCE_MS = 5_000;
