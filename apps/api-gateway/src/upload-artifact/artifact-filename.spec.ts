import { describe, expect, test } from '@jest/globals';
import { artifactFilename } from './artifact-filename.js';

/** A text as Node hands its UTF-8 bytes over. */
const asHeader = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

describe('a name', () => {
  test.each([
    ['items.jsonl', 'items.jsonl'],
    ['two words.csv', 'two words.csv'],
    ['%C3%BC%20100%25.txt', 'ü 100%.txt'],
    [asHeader('日本.bin'), '日本.bin'],
    ['a'.repeat(255), 'a'.repeat(255)],
    ['.hidden', '.hidden'],
  ])('%j is %j', (header, name) => expect(artifactFilename(header)).toBe(name));
});

describe('refused is', () => {
  test.each([
    ['nothing', undefined, 'is missing'],
    ['an empty one', '', 'is missing'],
    ['a blank one', '%20', 'is blank'],
    ['Latin-1', '\u00fc.txt', 'is not UTF-8'],
    ['a percent sign that encodes nothing', '100%.txt', 'written %25'],
    ['encoded bytes that are no UTF-8', '%ff', 'percent-encoded'],
    ['half of a surrogate pair', '%ED%A0%80', 'percent-encoded'],
    ['a path', 'a%2Fb', 'is a path'],
    ['a path of Windows', 'a\\b', 'is a path'],
    ['the folder above', '..', 'is a path'],
    ['a control character', 'a%00', 'control characters'],
    ['a long one', asHeader('é'.repeat(128)), 'longer than 255 bytes'],
  ])('%s', (_name, header, detail) => expect(() => artifactFilename(header)).toThrow(detail));
});
