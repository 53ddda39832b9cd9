import {
  DATABASE,
  openSecrets,
  PRISMA,
  readSecretNames,
  SECRET_KEYS,
  type Database,
  type PrismaClient,
  type SecretKeys,
} from '@computalot/database';
import { Inject, Injectable } from '@nestjs/common';
import { refuse, type GrantAnswer } from '../grant-answer.js';

/** Hands out the values of the secrets that a held job names. What it names is read from Postgres, never from the worker. */
@Injectable()
export class GrantSecrets {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PRISMA) private readonly prisma: PrismaClient,
    @Inject(SECRET_KEYS) private readonly keys: SecretKeys,
  ) {}

  async grant(jobId: string, accountId: string): Promise<GrantAnswer> {
    const names = await readSecretNames(this.database, jobId);
    const opened = await openSecrets(this.prisma, this.keys, accountId, names);
    const missing = names.filter((name) => (opened[name] ?? null) === null);
    if (missing.length > 0) {
      return refuse(
        'secret_missing',
        `the account has no secret named ${missing.join(', ')} that can be opened any more`,
      );
    }
    return { grant: { url: null, method: 'GET', headers: {}, secrets: opened as Record<string, string> } };
  }
}
