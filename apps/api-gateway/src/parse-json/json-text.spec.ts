import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { elementsOf, membersOf, nestingDepth, objectText, offsetOf } from './json-text.js';

const objects = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ stringUnit: 'grapheme' }));
/** JSON text with blanks wherever they are allowed. */
const spaced = (value: unknown) => JSON.stringify(value, null, '\t');

describe('membersOf', () => {
  test('splits any object into the texts of its values', () => {
    fc.assert(
      fc.property(objects, fc.boolean(), (object, isSpaced) => {
        const members = membersOf(isSpaced ? spaced(object) : JSON.stringify(object));
        const parsed = Object.fromEntries([...members].map(([key, text]) => [key, JSON.parse(text) as unknown]));
        expect(parsed).toEqual(JSON.parse(JSON.stringify(object)));
      }),
    );
  });

  test.each<[string, Record<string, string>]>([
    ['{}', {}],
    [' { "a" : 1.0 , "b":[1, {"c":"}"}] } ', { a: '1.0', b: '[1, {"c":"}"}]' }],
    ['{"a":"\\"}","b\\"":"\\\\"}', { a: '"\\"}"', 'b"': '"\\\\"' }],
    ['{"a":1,"a":2}', { a: '2' }],
    ['{"\\u0061":null}', { a: 'null' }],
  ])('%s', (text, members) => expect(Object.fromEntries(membersOf(text))).toEqual(members));

  test('and objectText puts them together again', () => {
    fc.assert(
      fc.property(objects, (object) =>
        expect(JSON.parse(objectText(membersOf(JSON.stringify(object))))).toEqual(JSON.parse(JSON.stringify(object))),
      ),
    );
  });
});

describe('elementsOf', () => {
  test('splits any array into the texts of its elements', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ stringUnit: 'grapheme' })), fc.boolean(), (array, isSpaced) => {
        const elements = elementsOf(isSpaced ? spaced(array) : JSON.stringify(array));
        expect(elements.map((text) => JSON.parse(text) as unknown)).toEqual(JSON.parse(JSON.stringify(array)));
      }),
    );
  });

  test.each<[string, string[]]>([
    ['[]', []],
    [' [ ] ', []],
    ['[1.0 , [2, "]"],{"a":","}]', ['1.0', '[2, "]"]', '{"a":","}']],
  ])('%s', (text, elements) => expect(elementsOf(text)).toEqual(elements));
});

describe('offsetOf', () => {
  const text = ' {"a": {"b": [1, {"c,}": "x"}, []]}, "e": {}, "a\\u0062": 2, "e" : 7}';
  test.each<[string[], string]>([
    [[], '{"a"'],
    [['a'], '"a"'],
    [['a', 'b'], '"b"'],
    [['a', 'b', '1'], '{"c,}"'],
    [['a', 'b', '1', 'c,}'], '"c,}"'],
    [['ab'], '"a\\u0062"'],
    [['e'], '"e" : 7'],
    // What is not there lies where it would be.
    [['a', 'x'], '"a"'],
    [['a', 'b', '2', '0'], '[]]'],
    [['nope'], '{"a"'],
  ])('%j', (path, start) => expect(text.slice(offsetOf(text, path)).startsWith(start)).toBe(true));
});

describe('nestingDepth', () => {
  test.each([
    ['1', 0],
    ['[]', 1],
    ['[[],[[]]]', 3],
    ['{"a":{"b":[1]}}', 3],
    ['"[[[["', 0],
    ['["\\"[[["]', 1],
    ['["\\\\",[1]]', 2],
  ])('%s is %i deep', (text, depth) => expect(nestingDepth(text, 100)).toBe(depth));

  test('stops soon after the limit, and survives text that is not JSON', () => {
    expect(nestingDepth('['.repeat(1_000_000), 100)).toBe(101);
    expect(nestingDepth('"unclosed [[[', 100)).toBe(0);
    expect(nestingDepth(']]]]', 100)).toBe(0);
  });
});
