import type { JobSubmission } from '@computalot/contracts';
import { missingSecrets, type PrismaClient } from '@computalot/database';
import { Refusal } from '../problems/refusal.js';

/** A job names secrets that the account has, and no variable twice. @throws Refusal */
export async function checkSecrets(
  prisma: PrismaClient,
  accountId: string,
  { secrets, env }: Pick<JobSubmission, 'secrets' | 'env'>,
): Promise<void> {
  if (!secrets?.length) return;
  const at = (name: string) => `/secrets/${secrets.indexOf(name)}`;
  const clashes = secrets.filter((name) => Object.hasOwn(env ?? {}, name));
  if (clashes.length > 0) {
    const detail = 'env has a variable of the same name; leave it out of one of them';
    throw Refusal.invalid(clashes.map((name) => ({ pointer: at(name), detail })));
  }
  const missing = await missingSecrets(prisma, accountId, secrets);
  if (missing.length === 0) return;
  throw new Refusal('secret_not_found', `This account has no secret named ${missing.join(', ')}.`, {
    errors: missing.map((name) => ({ pointer: at(name), detail: 'does not exist' })),
  });
}
