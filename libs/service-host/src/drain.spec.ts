import { expect, jest, test } from '@jest/globals';
import type { Logger } from 'pino';
import { createDrain } from './drain.js';

const error = jest.fn();
const logger = { error } as unknown as Logger;

test('a step that fails does not keep the next from running, and the drain is not clean', async () => {
  const last = jest.fn(async () => undefined);
  const drain = createDrain(
    [
      { name: 'flush', run: () => Promise.reject(new Error('broker gone')) },
      { name: 'close', run: last },
    ],
    logger,
  );
  expect(await drain()).toBe(false);
  expect(last).toHaveBeenCalledTimes(1);
});

test('a step that hangs is given up at the deadline and named', async () => {
  const drain = createDrain([{ name: 'stop loops', run: () => new Promise(() => undefined) }], logger, 5);
  expect(await drain()).toBe(false);
  expect(error.mock.calls.at(-1)![0]).toContain('stop loops');
});
