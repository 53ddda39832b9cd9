/**
 * How the server plans the statements of every connection of ours. All of them find a handful of rows by an index, in tables that may have
 * gained a million rows since they were last analysed. Left to its estimates the planner reads all queued tasks to claim sixty
 * (docs/adr/0008), and changes its mind between two executions.
 */
export const PLAN_SETTINGS = [
  // One plan for all parameters, made once per connection.
  'SET plan_cache_mode = force_generic_plan',
  // Only index scans stop at a LIMIT, come in order, and mark the dead entries that they meet.
  'SET enable_seqscan = off',
  'SET enable_bitmapscan = off',
  // Short statements; the penalties of the two above would call for compilation.
  'SET jit = off',
].join(';');
