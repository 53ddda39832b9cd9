import { expect, test } from '@jest/globals';
import type { AttemptMove, JobFacts } from '@computalot/database';
import { RuntimeHints } from './runtime-hints.js';

const kind = { account_id: 'a', project_id: 'p' };
const facts = new Map([['j', { id: 'j', ...kind } as JobFacts]]);
const ran = (milliseconds: number) =>
  ({ job_id: 'j', started_at: 1_000, finished_at: 1_000 + milliseconds }) as AttemptMove;

test('nothing is guessed of a project that has not run, nor of another account’s', () => {
  const hints = new RuntimeHints();
  hints.learn([ran(500)], facts);
  expect(hints.guess({ account_id: 'b', project_id: 'p' })).toBeNull();
  expect(hints.guess({ account_id: 'a', project_id: 'q' })).toBeNull();
});

test('the guess follows what ran lately', () => {
  const hints = new RuntimeHints();
  hints.learn([ran(500)], facts);
  expect(hints.guess(kind)).toBe(500);
  hints.learn(
    Array.from({ length: 50 }, () => ran(100)),
    facts,
  );
  expect(hints.guess(kind)).toBeCloseTo(100, 0);
});

test('a guess is never so short that it fills a backlog', () => {
  const hints = new RuntimeHints();
  hints.learn([ran(1)], facts);
  expect(hints.guess(kind)).toBe(20);
});
