import type { Resources } from '@computalot/contracts';
import { reaching, type PrismaClient } from '../prisma.js';

export interface ProfileRow {
  readonly name: string;
  readonly requirements: Resources;
  readonly updated_at: Date;
}

/** By name. An operator defines a handful. */
export async function listProfiles(prisma: PrismaClient): Promise<ProfileRow[]> {
  return (await reaching(prisma.profile.findMany({ orderBy: { name: 'asc' } }))) as ProfileRow[];
}

/** Defines or replaces one. */
export async function putProfile(prisma: PrismaClient, name: string, requirements: Resources): Promise<ProfileRow> {
  const values = { requirements: { ...requirements }, updated_at: new Date() };
  const query = prisma.profile.upsert({ where: { name }, create: { name, ...values }, update: values });
  return (await reaching(query)) as ProfileRow;
}

/** False when there was none. */
export async function deleteProfile(prisma: PrismaClient, name: string): Promise<boolean> {
  return (await reaching(prisma.profile.deleteMany({ where: { name } }))).count > 0;
}
