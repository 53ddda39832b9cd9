import { expect, test } from '@jest/globals';
import { SharedRuns } from './shared-runs.js';

function stage() {
  const runs = new SharedRuns<string>();
  const started: { resolve: (text: string) => void; signal: AbortSignal }[] = [];
  const start = (signal: AbortSignal): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    started.push({ resolve, signal });
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    return promise;
  };
  const join = (abort = new AbortController()) => ({ abort, result: runs.join('k', abort.signal, start) });
  return { started, join };
}

test('all who ask meanwhile share one run, who asks later has another', async () => {
  const { started, join } = stage();
  const [one, two] = [join(), join()];
  started[0]?.resolve('done');
  expect(await Promise.all([one.result, two.result])).toEqual(['done', 'done']);
  const three = join();
  expect(started).toHaveLength(2);
  started[1]?.resolve('again');
  expect(await three.result).toBe('again');
});

test('who leaves does not end it for the others; when the last one leaves it is aborted, and who comes then starts anew', async () => {
  const { started, join } = stage();
  const [one, two] = [join(), join()];
  one.abort.abort(new Error('left'));
  await expect(one.result).rejects.toThrow('left');
  expect(started[0]?.signal.aborted).toBe(false);
  two.abort.abort(new Error('left too'));
  const three = join();
  await expect(two.result).rejects.toThrow('left too');
  await new Promise(setImmediate);
  started[1]?.resolve('new');
  expect(await three.result).toBe('new');
});

test('who has left before asking starts nothing', async () => {
  const { started, join } = stage();
  const abort = new AbortController();
  abort.abort(new Error('gone'));
  await expect(join(abort).result).rejects.toThrow('gone');
  expect(started).toHaveLength(0);
});
