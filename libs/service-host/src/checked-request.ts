import { request as httpRequest, type ClientRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { checkedLookup, PrivateTargetError, type AddressRules } from './checked-lookup.js';

/**
 * Begins a request to a URL that a user named. It has a connection of its own, so that every one resolves and checks anew, and follows no redirects.
 *
 * @throws PrivateTargetError for a literal address; for a name the request emits it.
 */
export function checkedRequest(target: string, options: RequestOptions, rules: AddressRules): ClientRequest {
  const url = new URL(target);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error(`not an http or https URL: ${url.protocol}`);
  if (namesRefusedAddress(url, rules)) throw new PrivateTargetError(url.hostname);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return send(url, { ...options, agent: false, lookup: checkedLookup(rules) });
}

/** Is the host an address itself, and refused? A literal address is connected to without any lookup. */
export function namesRefusedAddress({ hostname }: URL, { isRefused }: AddressRules): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) > 0 && isRefused(host);
}
