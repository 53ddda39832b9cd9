import { addressRules } from '@computalot/service-host';
import { expect, test } from '@jest/globals';
import { externalUrlFault } from './external-url.js';

test.each<[string, RegExp | null]>([
  ['https://data.example.com/a.csv?x=1#y', null],
  ['http://8.8.8.8:8080/', null],
  ['http://[2606:4700::1111]/', null],
  ['http://some-host/', null],
  ['HTTPS://EXAMPLE.COM', null],
  ['ftp://example.com/a', /neither/],
  ['file:///etc/passwd', /neither/],
  ['https://me@example.com/', /user/],
  ['https://:secret@example.com/', /password/],
  ['example.com/a', /no URL/],
  ['https://', /no URL/],
  ['https://example.com/a b', /no URL/],
  ['https://exa\tmple.com/', /no URL/],
  ['https://example.com/\u0000', /no URL/],
  ['http://127.0.0.1/', /private/],
  ['http://2130706433/', /private/],
  ['http://0x7f.1/', /private/],
  ['http://169.254.169.254/latest/meta-data', /private/],
  ['http://[::1]/', /private/],
  ['http://[::ffff:10.0.0.1]/', /private/],
])('%s', (url, fault) => {
  const found = externalUrlFault(url, addressRules(false));
  if (fault) expect(found).toMatch(fault);
  else expect(found).toBeNull();
});

test('the operator may allow private addresses', () => {
  expect(externalUrlFault('http://127.0.0.1/', addressRules(true))).toBeNull();
});
