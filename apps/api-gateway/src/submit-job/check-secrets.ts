import type { JobSubmission } from '@computalot/contracts';
import { missingSecrets, type PrismaClient } from '@computalot/database';
import { Refusal } from '../problems/refusal.js';

/** Of all secrets that the submissions name, those that the account lacks; one statement, none when no secret is named. */
export async function missingSecretsOf(
  prisma: PrismaClient,
  accountId: string,
  submissions: readonly Pick<JobSubmission, 'secrets'>[],
): Promise<ReadonlySet<string>> {
  const named = new Set(submissions.flatMap(({ secrets }) => secrets ?? []));
  return new Set(named.size > 0 ? await missingSecrets(prisma, accountId, [...named]) : []);
}

/** A job names secrets that the account has, and no variable twice. @throws Refusal */
export function checkSecrets(
  { secrets, env }: Pick<JobSubmission, 'secrets' | 'env'>,
  absent: ReadonlySet<string>,
): void {
  if (!secrets?.length) return;
  const at = (name: string) => `/secrets/${secrets.indexOf(name)}`;
  const clashes = secrets.filter((name) => Object.hasOwn(env ?? {}, name));
  if (clashes.length > 0) {
    const detail = 'env has a variable of the same name; leave it out of one of them';
    throw Refusal.invalid(clashes.map((name) => ({ pointer: at(name), detail })));
  }
  const missing = secrets.filter((name) => absent.has(name));
  if (missing.length === 0) return;
  throw new Refusal('secret_not_found', `This account has no secret named ${missing.join(', ')}.`, {
    errors: missing.map((name) => ({ pointer: at(name), detail: 'does not exist' })),
  });
}
