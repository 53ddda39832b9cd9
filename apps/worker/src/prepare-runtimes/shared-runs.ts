/** Runs by key, each shared by all who ask for it while it lasts; one that nobody waits for any more is aborted. */
export class SharedRuns<T> {
  private readonly underway = new Map<
    string,
    { readonly result: Promise<T>; readonly abort: AbortController; users: number }
  >();

  /**
   * Rejects as the run does. Whose `signal` is aborted waits on only where the run ends with it: then nothing of it is left.
   */
  async join(key: string, signal: AbortSignal, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    // One that is being broken off is of no use to who comes now.
    let run = this.underway.get(key);
    while (run?.abort.signal.aborted) {
      await run.result.catch(() => undefined);
      run = this.underway.get(key);
    }
    signal.throwIfAborted();
    run ??= this.begin(key, start);
    run.users += 1;
    return this.waitFor(run, signal);
  }

  private begin(key: string, start: (signal: AbortSignal) => Promise<T>) {
    const abort = new AbortController();
    const result = start(abort.signal).finally(() => this.underway.delete(key));
    result.catch(() => undefined);
    const run = { result, abort, users: 0 };
    this.underway.set(key, run);
    return run;
  }

  private async waitFor(
    run: { result: Promise<T>; abort: AbortController; users: number },
    signal: AbortSignal,
  ): Promise<T> {
    const { promise: left, reject } = Promise.withResolvers<never>();
    const leave = (): void => {
      run.users -= 1;
      if (run.users === 0) run.abort.abort(signal.reason);
      else reject(signal.reason as Error);
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([run.result, left]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }
}
