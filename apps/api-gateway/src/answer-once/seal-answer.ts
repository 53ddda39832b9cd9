import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const SALT = 16;
const NONCE = 12;
const TAG = 16;

/** The text as only somebody with `secret` can read it: salt, nonce, tag and ciphertext in base64. */
export function sealText(text: string, secret: string): string {
  const salt = randomBytes(SALT);
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(ALGORITHM, keyOf(secret, salt), nonce);
  const sealed = [cipher.update(text, 'utf8'), cipher.final()];
  return Buffer.concat([salt, nonce, cipher.getAuthTag(), ...sealed]).toString('base64');
}

/** @throws when the secret is another one or the text was changed */
export function openText(sealed: string, secret: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  const [salt, nonce, tag] = [
    bytes.subarray(0, SALT),
    bytes.subarray(SALT, SALT + NONCE),
    bytes.subarray(SALT + NONCE, SALT + NONCE + TAG),
  ];
  const decipher = createDecipheriv(ALGORITHM, keyOf(secret, salt), nonce).setAuthTag(tag);
  return Buffer.concat([decipher.update(bytes.subarray(SALT + NONCE + TAG)), decipher.final()]).toString('utf8');
}

/** API keys are random: no slow derivation is needed. */
function keyOf(secret: string, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, 'computalot idempotent answer', 32));
}
