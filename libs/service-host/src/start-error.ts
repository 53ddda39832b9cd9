/** Why a process could not start, in words that say what to do; shown without a stack. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
