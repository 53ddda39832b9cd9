import { newUuid } from '@computalot/kernel';
import type { Database, Queryable } from '../database.js';

/** Holds the code of recipes as projects. It has no keys, so that nobody reaches it as a user. */
export const RECIPES_ACCOUNT = '00000000-0000-7000-8000-000000000001';

/** Id of the recipe's project when it has this revision, active or not: gateways of two versions each run their own. */
export async function findRecipeProject(db: Queryable, name: string, hash: string): Promise<string | null> {
  const rows = await db.query<{ id: string }>(
    'SELECT p.id FROM projects p JOIN revisions r ON r.project_id = p.id WHERE p.account_id = $1 AND p.name = $2 AND r.hash = $3',
    [RECIPES_ACCOUNT, name, hash],
  );
  return rows[0]?.id ?? null;
}

/** The project of a recipe and, before it, the account of all; both only when they are missing. */
export async function ensureRecipesProject(database: Database, name: string): Promise<void> {
  await database.transaction(async (tx) => {
    // On any conflict: of two gateways that start at once, the second may meet the name before it meets the id.
    await tx.query(`INSERT INTO accounts (id, name) VALUES ($1, 'computalot:recipes') ON CONFLICT DO NOTHING`, [
      RECIPES_ACCOUNT,
    ]);
    await tx.query(
      'INSERT INTO projects (account_id, id, name) VALUES ($1, $2, $3) ON CONFLICT (account_id, name) DO NOTHING',
      [RECIPES_ACCOUNT, newUuid(), name],
    );
  });
}
