import { expect, test } from '@jest/globals';
import type { LiveEntry } from '@computalot/contracts';
import { feedbackOf, TAIL_BYTES, TaskTails } from './task-tails.js';
import { carried, tailText } from './text-of-bytes.js';

const out = (index: number, attempt: number, text: string, offset = 0): LiveEntry => ({
  kind: 'output',
  index,
  attempt,
  stream: 'stdout',
  offset,
  data: Buffer.from(text).toString('base64'),
});

function fold(...entries: LiveEntry[]): TaskTails {
  const tails = new TaskTails();
  for (const entry of entries) tails.apply(entry, 0);
  return tails;
}

test('keeps the end of what an attempt wrote', () => {
  const tails = fold(out(0, 1, 'a'.repeat(TAIL_BYTES)), out(0, 1, 'bb', TAIL_BYTES));
  expect(feedbackOf(tails.of(0, 1))?.output_tail).toBe(`${'a'.repeat(TAIL_BYTES - 2)}bb`);
  expect(fold(out(0, 1, `x${'b'.repeat(TAIL_BYTES)}`)).of(0, 1)?.output.length).toBe(TAIL_BYTES);
});

test('takes bytes that come again once', () => {
  const tails = fold(out(0, 1, 'abc'), out(0, 1, 'bcd', 1), out(0, 1, 'bc', 1));
  expect(feedbackOf(tails.of(0, 1))?.output_tail).toBe('abcd');
});

test('a newer attempt begins anew, an older one is ignored', () => {
  const tails = fold(out(0, 1, 'old'), out(0, 2, 'new'), out(0, 1, 'late'));
  expect(tails.of(0, 1)).toBeNull();
  expect(feedbackOf(tails.of(0, 2))?.output_tail).toBe('new');
});

test('forgets tasks that ended, but not a newer attempt', () => {
  expect(fold(out(0, 1, 'x'), { kind: 'tasks', tasks: [[0, 1, 'completed', 0]] }).of(0, 1)).toBeNull();
  expect(fold(out(0, 2, 'x'), { kind: 'tasks', tasks: [[0, 1, 'failed', 1]] }).of(0, 2)).not.toBeNull();
  expect(fold(out(0, 1, 'x'), { kind: 'job', status: 'failed', task_counts: {}, terminal: true }).of(0, 1)).toBeNull();
});

test('a clone goes its own way', () => {
  const tails = fold(out(0, 1, 'x'));
  const copy = tails.clone();
  tails.apply(out(0, 1, 'y', 1), 0);
  expect(feedbackOf(copy.of(0, 1))?.output_tail).toBe('x');
});

test('says nothing before there is output', () => {
  expect(feedbackOf(fold({ kind: 'tasks', tasks: [[0, 1, 'running', null]] }).of(0, 1))).toBeNull();
});

test('text begins at a whole character', () => {
  const bytes = Buffer.from('aé€😀');
  for (let limit = 0; limit <= bytes.length; limit++) expect(tailText(bytes, limit)).not.toContain('\ufffd');
  expect(tailText(bytes, 4)).toBe('😀');
  expect(tailText(bytes, 6)).toBe('😀');
  expect(carried(Buffer.from([0xff]))).toEqual({ text: '/w==', encoding: 'base64' });
});
