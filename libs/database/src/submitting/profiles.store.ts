import type { Resources } from '@computalot/contracts';
import type { Queryable } from '../database.js';
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
export async function putProfile(db: Queryable, name: string, requirements: Resources): Promise<ProfileRow> {
  const [row] = await db.query<ProfileRow>(
    `INSERT INTO profiles (name, requirements) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET requirements = excluded.requirements, updated_at = now() RETURNING *`,
    [name, requirements],
  );
  if (!row) throw new Error('an upsert without a row');
  return row;
}

/** False when there was none. */
export async function deleteProfile(db: Queryable, name: string): Promise<boolean> {
  return (await db.query('DELETE FROM profiles WHERE name = $1 RETURNING name', [name])).length > 0;
}
