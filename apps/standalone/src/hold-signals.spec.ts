import { EventEmitter } from 'node:events';
import { expect, jest, test } from '@jest/globals';
import { holdSignals } from './hold-signals.js';

const fakeProcess = () => Object.assign(new EventEmitter(), { pid: 7, kill: jest.fn(() => true) });

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'])('%s while it holds arrives once at the release', (signal) => {
  const target = fakeProcess();
  const release = holdSignals(target as never);
  target.emit(signal);
  target.emit(signal);
  expect(target.kill).not.toHaveBeenCalled();
  release();
  expect(target.kill.mock.calls).toEqual([[7, 'SIGTERM']]);
  expect(target.listenerCount(signal)).toBe(0);
});

test('without a signal the release does nothing more', () => {
  const target = fakeProcess();
  holdSignals(target as never)();
  expect(target.kill).not.toHaveBeenCalled();
});
