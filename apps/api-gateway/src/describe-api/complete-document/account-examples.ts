const created_at = '2026-01-31T12:00:00.000Z';
const finished_at = '2026-01-31T12:00:07.480Z';

const delivery = {
  id: 'msg_01k66jwz0sfmhvr1a2b3c4d5ef',
  url: 'https://example.com/hooks/computalot',
  type: 'job.completed',
  run: 1,
  state: 'pending',
  attempts: 1,
  last_status: 503,
  last_error: 'the receiver answered 503',
  recent_attempts: [{ number: 1, ended_at: finished_at, status: 503, error: 'the receiver answered 503' }],
  created_at,
  next_attempt_at: '2026-01-31T12:00:12.480Z',
  delivered_at: null,
};

/** Bodies of accounts, of values of projects, and of administration. */
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
  KvEntry: { key: 'best_params', version: 42, size_bytes: 12, updated_at: finished_at },
  Profile: { name: 'large', requirements: { cpu: 8, memory_gb: 32 }, updated_at: finished_at },
  PutProfileDto: { name: 'large', requirements: { cpu: 8, memory_gb: 32 } },
  SetQuotasDto: { open_jobs: 100, queued_tasks: 100_000, running_tasks: null, storage_bytes: 500_000_000_000 },
  Queues: {
    queues: [
      { name: 'planning', depth: 2, oldest_age_s: 0.4 },
      { name: 'outbox', depth: 0, oldest_age_s: null },
      { name: 'webhooks', depth: 1, oldest_age_s: 12.8 },
      { name: 'deletion', depth: 0, oldest_age_s: null },
    ],
    work: [{ requirements: { cpu: 8, memory_gb: 32 }, jobs: 3, queued: 412, running: 64, oldest_age_s: 97.2 }],
  },
  Quotas: { open_jobs: 100, queued_tasks: 100_000, running_tasks: null, storage_bytes: 500_000_000_000 },
  Key: {
    id: 'key_01k66jwz0sfmhvr1a2b3c4d5ea',
    name: 'ci',
    role: 'member',
    created_at,
    last_used_at: finished_at,
    revoked_at: null,
  },
  AuditEntry: {
    id: 'aud_01k66jwz0sfmhvr1a2b3c4d5ec',
    created_at,
    action: 'key.created',
    actor: { key_id: 'key_01k66jwz0sfmhvr1a2b3c4d5ed', account_id: 'acc_01k66jwz0sfmhvr1a2b3c4d5ee', role: 'admin' },
    account_id: 'acc_01k66jwz0sfmhvr1a2b3c4d5e8',
    target: 'key_01k66jwz0sfmhvr1a2b3c4d5ea',
    request_id: 'req_01998f2e-7c1a-7d3e-9c55-0d2f6b7a8e90',
    client_address: '192.0.2.7',
    details: { role: 'member', name: 'ci' },
  },
  Delivery: delivery,
  Deliveries: { deliveries: [delivery] },
  RedeliverDto: { delivery_id: delivery.id },
  WebhookSecret: {
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=',
    previous_valid_until: '2026-02-01T12:00:00.000Z',
  },
  RotateWebhookSecretDto: { previous_valid_s: 3_600 },
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
