import { namesRefusedAddress, type AddressRules } from '@computalot/service-host';

/** What is wrong with it as the URL of an artifact; null when nothing is. What a name resolves to is seen when the artifact is read. */
export function externalUrlFault(text: string, addresses: AddressRules): string | null {
  // The parser passes over some of these without a word.
  if (/[\s\p{Cc}]/u.test(text) || !URL.canParse(text)) return 'is no URL';
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'is neither http nor https';
  if (url.username !== '' || url.password !== '') return 'holds a user or a password';
  return namesRefusedAddress(url, addresses) ? 'is a private, loopback or link-local address' : null;
}
