import { backoffDelayMs, isDomainError } from '@computalot/kernel';

const TRIES = 4;

/** Tries a transfer a few times; a refusal (DomainError) is final at once. */
export async function retryTransfer<T>(transfer: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await transfer();
    } catch (error) {
      if (isDomainError(error) || tries === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, backoffDelayMs(tries, { base_s: 0.2, max_s: 5 })));
    }
  }
}
