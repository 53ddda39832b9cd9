import type { KeyRole } from '@computalot/contracts';
import { findKeyByHash, hashKey, type Queryable } from '@computalot/database';
import type { Clock } from '@computalot/kernel';

/** Whose request this is. */
export interface Principal {
  readonly key_id: string;
  readonly account_id: string;
  readonly role: KeyRole;
  readonly is_operator: boolean;
}

/** Milliseconds that an answer is trusted: a key that another gateway revoked works at most this long. */
const KNOWN_TTL_MS = 5_000;
/** Short, so that a new key works at once; there, so that guessing does not reach the database. */
const UNKNOWN_TTL_MS = 1_000;
const MAX_ENTRIES = 10_000;

interface Entry {
  readonly principal: Principal | null;
  readonly until: number;
}

/** Finds the owner of a key by its hash, remembering answers for a moment. */
export class KeyCache {
  private readonly entries = new Map<string, Entry>();
  private forgotten = 0;

  constructor(
    private readonly database: Queryable,
    private readonly clock: Clock,
  ) {}

  /** The key was good when it was looked up last; that may be a while ago. */
  hasWorked(key: string): boolean {
    return Boolean(this.entries.get(nameOf(hashKey(key)))?.principal);
  }

  async find(key: string): Promise<Principal | null> {
    const hash = hashKey(key);
    const name = nameOf(hash);
    const known = this.entries.get(name);
    if (known && known.until > this.clock.now()) return known.principal;
    const { forgotten } = this;
    const owner = await findKeyByHash(this.database, hash);
    const principal = owner && {
      key_id: owner.id,
      account_id: owner.account_id,
      role: owner.role,
      is_operator: owner.is_operator,
    };
    // What was read before a key was forgotten may be that key.
    if (forgotten === this.forgotten)
      this.remember(name, { principal, until: this.clock.now() + (principal ? KNOWN_TTL_MS : UNKNOWN_TTL_MS) });
    return principal;
  }

  forget(keyId: string): void {
    this.forgotten++;
    for (const [name, { principal }] of this.entries) if (principal?.key_id === keyId) this.entries.delete(name);
  }

  private remember(name: string, entry: Entry): void {
    this.entries.delete(name);
    this.entries.set(name, entry);
    if (this.entries.size <= MAX_ENTRIES) return;
    const [oldest] = this.entries.keys();
    if (oldest !== undefined) this.entries.delete(oldest);
  }
}

const nameOf = (hash: Buffer): string => hash.toString('base64');
