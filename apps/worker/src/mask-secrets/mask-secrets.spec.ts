import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maskedValues, SecretMask } from './mask-secrets.js';

function masked(secrets: readonly string[], writes: readonly (string | Buffer)[]): string {
  const out: Buffer[] = [];
  const values = maskedValues(Object.fromEntries(secrets.map((value, at) => [`S${at}`, value])));
  const mask = new SecretMask(values, (data) => out.push(Buffer.from(data)));
  for (const write of writes) mask.push(Buffer.from(write));
  mask.end();
  return Buffer.concat(out).toString();
}

describe('examples', () => {
  test.each<[string, string[], string[], string]>([
    ['in the middle', ['hunter2'], ['password hunter2!\n'], 'password ***!\n'],
    ['twice', ['hunter2'], ['hunter2hunter2'], '******'],
    ['split across writes', ['hunter2'], ['a hun', 'ter', '2 b'], 'a *** b'],
    ['begun and not finished', ['hunter2'], ['a hunt', 'ing b hunter'], 'a hunting b hunter'],
    ['one within another: the longer goes', ['abcd', 'abcdef'], ['x abcd', 'ef y abcd z'], 'x *** y *** z'],
    ['one within another, the longer never comes', ['abcd', 'abcdef'], ['x abcde'], 'x ***e'],
    ['beginning inside one that does not finish', ['aabbcc', 'bbdd'], ['aabbdd'], 'aa***'],
    ['several lines', ['-----KEY\nxyz'], ['-----KEY', '\nxyz\n'], '***\n'],
    ['too short to be hidden', ['abc'], ['abcabc'], 'abcabc'],
  ])('%s', (_name, secrets, writes, expected) => {
    expect(masked(secrets, writes)).toBe(expected);
  });

  test('passes on at once what cannot become a secret', () => {
    const out: string[] = [];
    const mask = new SecretMask(maskedValues({ A: 'hunter2' }), (data) => out.push(data.toString()));
    mask.push(Buffer.from('progress 10%\n'));
    expect(out.join('')).toBe('progress 10%\n');
  });
});

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 4, maxLength: 8 });
const noise = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), maxLength: 12 });

test('no secret is left, however the bytes are split; the split changes nothing', () => {
  fc.assert(
    fc.property(
      fc.array(letters, { minLength: 1, maxLength: 3 }),
      fc.array(fc.oneof(noise, letters), { maxLength: 8 }),
      fc.integer({ min: 1, max: 5 }),
      (secrets, parts, step) => {
        const text = [...parts, ...secrets].join('');
        const whole = masked(secrets, [text]);
        const pieces = text.match(new RegExp(`.{1,${step}}`, 'g')) ?? [];
        expect(masked(secrets, pieces)).toBe(whole);
        for (const secret of secrets) expect(whole).not.toContain(secret);
      },
    ),
  );
});
