import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SecretKeys } from './secret-keys.js';

const [old, fresh] = [SecretKeys.generate(), SecretKeys.generate()];

describe('sealing', () => {
  test('what was sealed opens in its place', () => {
    const keys = new SecretKeys(old);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(keys.open(keys.seal(value, 'here'), 'here')).toBe(Buffer.from(value).toString());
      }),
    );
  });

  test('never the same twice, and never readable', () => {
    const keys = new SecretKeys(old);
    const [one, other] = [keys.seal('hunter2 hunter2', 'here'), keys.seal('hunter2 hunter2', 'here')];
    expect(one.equals(other)).toBe(false);
    expect(one.includes('hunter2')).toBe(false);
  });

  test.each<[string, (sealed: Buffer) => [Buffer, string]]>([
    ['in another place', (sealed) => [sealed, 'there']],
    [
      'when a bit has changed',
      (sealed) => [Buffer.from(sealed.map((byte, at) => (at === 20 ? byte ^ 1 : byte))), 'here'],
    ],
    ['when it was cut', (sealed) => [sealed.subarray(0, -1), 'here']],
    ['when nothing is left', () => [Buffer.alloc(0), 'here']],
  ])('does not open %s', (_name, change) => {
    const keys = new SecretKeys(old);
    const [sealed, context] = change(keys.seal('value', 'here'));
    expect(keys.open(sealed, context)).toBeNull();
  });

  test('rotation: the first key seals, all open', () => {
    const rotated = new SecretKeys(`${fresh}\n${old}`);
    expect(rotated.open(new SecretKeys(old).seal('value', 'here'), 'here')).toBe('value');
    expect(new SecretKeys(old).open(rotated.seal('value', 'here'), 'here')).toBeNull();
  });

  test.each(['', ' ,', 'c2hvcnQ=', `${old},c2hvcnQ=`])('refuses the keys %j', (text) => {
    expect(() => new SecretKeys(text)).toThrow(RangeError);
  });
});
