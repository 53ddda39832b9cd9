import { backoffDelayMs, isDomainError } from '@computalot/kernel';

const TRIES = 4;

/** Tries a transfer a few times; a refusal (DomainError) or a `stop` is final at once. */
export async function retryTransfer<T>(transfer: () => Promise<T>, stop?: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await transfer();
    } catch (error) {
      if (isDomainError(error) || tries === TRIES || stop?.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, backoffDelayMs(tries, { base_s: 0.2, max_s: 5 })));
    }
  }
}
