const created_at = '2026-01-31T12:00:00.000Z';
const finished_at = '2026-01-31T12:00:07.480Z';

/** Bodies of accounts and administration. */
export const accountExamples: Readonly<Record<string, unknown>> = {
  Secret: { name: 'API_TOKEN', created_at, updated_at: finished_at },
  PutSecretDto: { name: 'API_TOKEN', value: 'what only the runner may see' },
  Account: { id: 'acc_01k66jwz0sfmhvr1a2b3c4d5e8', name: 'research', created_at },
  AccountWithQuotas: {
    id: 'acc_01k66jwz0sfmhvr1a2b3c4d5e8',
    name: 'research',
    created_at,
    quotas: {
      open_jobs: { limit: 100, used: 3 },
      queued_tasks: { limit: 100_000, used: 412 },
      running_tasks: { limit: null, used: 64 },
      storage_bytes: { limit: 500_000_000_000, used: 1_893_220_114 },
    },
  },
  Profile: { name: 'large', requirements: { cpu: 8, memory_gb: 32 }, updated_at: finished_at },
  PutProfileDto: { name: 'large', requirements: { cpu: 8, memory_gb: 32 } },
  SetQuotasDto: { open_jobs: 100, queued_tasks: 100_000, running_tasks: null, storage_bytes: 500_000_000_000 },
  CreatedKey: { id: 'key_01k66jwz0sfmhvr1a2b3c4d5ea', key: 'flk_vJ3mYpQ7sT1wZ9xB4nC6dF8gH2kL5rA0' },
  Worker: {
    id: 'wrk_01k66jwz0sfmhvr1a2b3c4d5eb',
    name: 'rack-3',
    state: 'ready',
    offers: { cpu: 8, memory_gb: 32, labels: { zone: 'a' } },
    tasks_held: 3,
    joined_at: created_at,
    last_seen_at: finished_at,
  },
  CreateAccountDto: { name: 'research' },
  CreateKeyDto: { role: 'member', name: 'ci' },
};
