import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPrivateAddress } from './private-addresses.js';

/** The target is not on the public internet, and the operator has not allowed that. */
export class PrivateTargetError extends Error {
  constructor(host: string) {
    super(`${host} is a private, loopback or link-local address, or resolves to one`);
    this.name = 'PrivateTargetError';
  }
}

/** Resolves a name to all its addresses. */
export type Resolve = (
  host: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Which addresses are connected to. */
export interface AddressRules {
  readonly isRefused: (address: string) => boolean;
  readonly resolve?: Resolve;
}

/** Public ones, unless the operator allows all. */
export const addressRules = (allowPrivate: boolean): AddressRules => ({
  isRefused: allowPrivate ? () => false : isPrivateAddress,
});

/**
 * A `lookup` for `http.request` that refuses a name when any of its addresses is refused. The connection goes to the very addresses that were
 * checked here: there is no second resolution that could answer otherwise.
 */
export function checkedLookup({ isRefused, resolve = dnsLookup }: AddressRules): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      const first = addresses?.[0];
      if (error) return callback(error, '');
      if (!first || addresses.some(({ address }) => isRefused(address)))
        return callback(new PrivateTargetError(host), '');
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}
