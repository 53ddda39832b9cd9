import { expect, test } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import { addressRules, checkedLookup, PrivateTargetError, type Resolve } from './checked-lookup.js';
import { isPrivateAddress } from './private-addresses.js';

test.each([
  '127.0.0.1',
  '127.255.255.254',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '255.255.255.255',
  '224.0.0.1',
  '::1',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd12::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '2001:db8::1',
  '2001:0:1::',
  'localhost',
  '',
])('%s is private', (address) => expect(isPrivateAddress(address)).toBe(true));

test.each([
  '1.1.1.1',
  '172.15.0.1',
  '172.32.0.1',
  '100.63.255.255',
  '100.128.0.1',
  '8.8.8.8',
  '2606:4700::1111',
  '::ffff:8.8.8.8',
])('%s is public', (address) => expect(isPrivateAddress(address)).toBe(false));

const resolveTo =
  (...addresses: string[]): Resolve =>
  (_host, _options, callback) =>
    callback(
      null,
      addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
const look = (resolve: Resolve, all: boolean) =>
  new Promise<unknown>((ok, fail) =>
    checkedLookup({ ...addressRules(false), resolve })('example.com', { all }, (error, address) =>
      error ? fail(error) : ok(address),
    ),
  );

test('one private address among public ones is enough to refuse the name', async () => {
  await expect(look(resolveTo('93.184.216.34', '10.0.0.1'), true)).rejects.toBeInstanceOf(PrivateTargetError);
  await expect(look(resolveTo('93.184.216.34', '::1'), false)).rejects.toBeInstanceOf(PrivateTargetError);
});

test('the connection gets the addresses that were checked', async () => {
  expect(await look(resolveTo('93.184.216.34'), true)).toEqual([{ address: '93.184.216.34', family: 4 }]);
  expect(await look(resolveTo('93.184.216.34'), false)).toBe('93.184.216.34');
});
