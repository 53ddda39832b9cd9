import { expect, test } from '@jest/globals';
import { readableLine } from './readable-lines.js';

test('shows time, level, context, message and stack', () => {
  const line = {
    time: '2026-01-02T03:04:05.678Z',
    level: 'error',
    context: 'Loop',
    msg: 'failed',
    err: { message: 'x', stack: 'Error: x\n  at y' },
  };
  expect(readableLine(JSON.stringify(line))).toBe('03:04:05 ERROR [Loop] failed\nError: x\n  at y\n');
});

test('passes on what is no JSON', () => expect(readableLine('plain\n')).toBe('plain\n'));
