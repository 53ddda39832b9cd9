import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Injection token of {@link SecretKeys}. */
export const SECRET_KEYS = Symbol('SECRET_KEYS');

const KEY_BYTES = 32;
const ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals secrets with AES-256-GCM: `key id (4) | nonce (12) | ciphertext | tag (16)`. Several keys make rotation possible: the first seals, all open.
 * What is sealed is bound to its place (`context`), so that a row copied to another account or name does not open.
 */
export class SecretKeys {
  private readonly keys: readonly { readonly id: Buffer; readonly key: Buffer }[];

  /** @param text one or more keys of 32 bytes in base64, separated by commas or white space; @throws RangeError */
  constructor(text: string) {
    const parts = text.split(/[\s,]+/).filter((part) => part !== '');
    this.keys = parts.map((part) => {
      const key = Buffer.from(part, 'base64');
      if (key.length !== KEY_BYTES) throw new RangeError(`a secrets key must be ${KEY_BYTES} bytes in base64`);
      return { id: createHash('sha256').update(key).digest().subarray(0, ID_BYTES), key };
    });
    if (this.keys.length === 0) throw new RangeError('there is no secrets key');
  }

  /** A new key as text. */
  static generate(): string {
    return randomBytes(KEY_BYTES).toString('base64');
  }

  seal(value: string, context: string): Buffer {
    const [first] = this.keys;
    if (!first) throw new RangeError('there is no secrets key');
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', first.key, nonce).setAAD(Buffer.from(context));
    const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
    return Buffer.concat([first.id, nonce, text, cipher.getAuthTag()]);
  }

  /** What everything that the first key seals begins with. */
  get currentId(): Buffer {
    const [first] = this.keys;
    if (!first) throw new RangeError('there is no secrets key');
    return first.id;
  }

  /** Null when no key here sealed it, or it is not what was sealed for this place. */
  open(sealed: Uint8Array, context: string): string | null {
    const bytes = Buffer.from(sealed);
    const known = this.keys.find(({ id }) => id.equals(bytes.subarray(0, ID_BYTES)));
    if (!known || bytes.length < ID_BYTES + NONCE_BYTES + TAG_BYTES) return null;
    const decipher = createDecipheriv('aes-256-gcm', known.key, bytes.subarray(ID_BYTES, ID_BYTES + NONCE_BYTES))
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const text = [decipher.update(bytes.subarray(ID_BYTES + NONCE_BYTES, -TAG_BYTES)), decipher.final()];
      return Buffer.concat(text).toString('utf8');
    } catch {
      return null;
    }
  }
}
