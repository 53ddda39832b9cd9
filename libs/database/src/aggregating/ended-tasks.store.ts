import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = { noteEndedTasks: loadSql('note-ended-tasks') };

/**
 * For jobs that aggregate: these tasks completed or failed for good in this transaction. Whoever ends tasks in a way of its own (see
 * `fail-unstarted-tasks.sql`) writes the same rows in its own statement.
 */
export async function noteEndedTasks(
  tx: Queryable,
  tasks: readonly { readonly job_id: string; readonly index: number }[],
): Promise<void> {
  if (tasks.length === 0) return;
  await tx.query(sql.noteEndedTasks, [tasks.map((task) => task.job_id), tasks.map((task) => task.index)]);
}
