-- Computalot's truth. Hot tables (jobs, tasks) are narrow and leave room for HOT updates; what is large lives beside them.

CREATE TYPE key_role     AS ENUM ('admin', 'member', 'viewer');
CREATE TYPE job_status   AS ENUM ('planning', 'queued', 'running', 'completed', 'partial', 'failed', 'cancelled');
CREATE TYPE task_state   AS ENUM ('queued', 'leased', 'running', 'retrying', 'completed', 'failed', 'cancelled');
CREATE TYPE worker_state AS ENUM ('ready', 'draining', 'lost', 'left');

CREATE TABLE accounts (
  id         uuid PRIMARY KEY,
  name       text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
  -- signs this account's webhooks, `whsec_<base64>`; made by the first delivery
  webhook_secret text,
  -- signs beside it for a while after a rotation
  previous_webhook_secret text,
  previous_webhook_secret_until timestamptz,
  -- admin keys of such an account administer the installation; those of any other administer nothing beyond themselves
  is_operator boolean NOT NULL DEFAULT false,
  -- quotas; null: no bound
  max_open_jobs     int CHECK (max_open_jobs >= 0),
  max_queued_tasks  int CHECK (max_queued_tasks >= 0),
  max_running_tasks int CHECK (max_running_tasks >= 0),
  max_storage_bytes bigint CHECK (max_storage_bytes >= 0),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
  id         uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  name       text NOT NULL,
  role       key_role NOT NULL,
  -- sha256 of the whole key; the key itself is never stored
  key_hash   bytea NOT NULL UNIQUE CHECK (length(key_hash) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- to a minute: not every request writes it
  last_used_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX api_keys_by_account ON api_keys (account_id, id DESC);

-- What new accounts are bounded by; one row.
CREATE TABLE default_quotas (
  is_only           boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  max_open_jobs     int CHECK (max_open_jobs >= 0),
  max_queued_tasks  int CHECK (max_queued_tasks >= 0),
  max_running_tasks int CHECK (max_running_tasks >= 0),
  max_storage_bytes bigint CHECK (max_storage_bytes >= 0)
);
INSERT INTO default_quotas DEFAULT VALUES;

-- Who changed what, written with the change. Entries outlive what they name, so nothing is referenced. Never a value of a secret.
CREATE TABLE audit_log (
  id               uuid PRIMARY KEY,
  created_at       timestamptz NOT NULL DEFAULT now(),
  -- the key that did it, null for the installation itself
  actor_key_id     uuid,
  actor_account_id uuid,
  actor_role       key_role,
  action           text NOT NULL,
  -- whose it was that was changed, null for the installation's
  account_id       uuid,
  target           text NOT NULL,
  request_id       text,
  client_address   text,
  details          jsonb
);
CREATE INDEX audit_log_by_account ON audit_log (account_id, id DESC);

-- Entries are added, never changed; only retention removes them, and says that it does: `set_config('computalot.forgets_audit', 'yes', true)`.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('computalot.forgets_audit', true) = 'yes' THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_log_is_not_truncated BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- Named sets of requirements; `cpu` and `gpu` exist in every installation whether they have a row or not.
CREATE TABLE profiles (
  name         text PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
  requirements jsonb NOT NULL,
  updated_at   timestamptz NOT NULL DEFAULT now()
);

-- Values are sealed with AES-GCM before they come here.
CREATE TABLE secrets (
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  name       text NOT NULL CHECK (name ~ '^[A-Za-z_][A-Za-z0-9_]{0,199}$'),
  sealed     bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, name)
);

-- One row per Idempotency-Key, kept 24 h. The answer is null while the first request is under way.
CREATE TABLE idempotency_keys (
  account_id  uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  route       text NOT NULL,
  key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  -- sha256 of what was sent
  fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
  -- ids of what the request creates derive from it, so that a request taken over after a crash creates nothing twice
  seed        uuid NOT NULL,
  claimed_at  timestamptz NOT NULL DEFAULT now(),
  status      int,
  headers     json,
  body        text,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, route, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE projects (
  id              uuid PRIMARY KEY,
  account_id      uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  name            text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
  active_revision text,
  -- rows of kv_entries; whoever would make too many breaks this bound, and with it the whole statement
  kv_keys         int NOT NULL DEFAULT 0 CONSTRAINT kv_keys_bounded CHECK (kv_keys BETWEEN 0 AND 10000),
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (account_id, name)
);

-- What the jobs of a project share. Versions come from one sequence: a key that is deleted and put again never has an earlier one.
CREATE SEQUENCE kv_versions;
CREATE TABLE kv_entries (
  project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
  key        text COLLATE "C" NOT NULL CHECK (key ~ '^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,99}$'),
  -- as it was sent
  value      json NOT NULL,
  version    bigint NOT NULL DEFAULT nextval('kv_versions'),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, key)
);

-- The tarball lies in the object store under revisions/<account>/<hash>.tar.gz
CREATE TABLE revisions (
  project_id  uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
  hash        text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  size_bytes  bigint NOT NULL,
  entry_count int NOT NULL,
  manifest    json,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, hash)
);

CREATE TABLE jobs (
  id                  uuid PRIMARY KEY,
  account_id          uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  project_id          uuid REFERENCES projects ON DELETE SET NULL,
  project_name        text,
  revision            text,
  type                text NOT NULL,
  status              job_status NOT NULL DEFAULT 'planning',
  name                text,
  client_ref          text,
  tags                text[] NOT NULL DEFAULT '{}',
  priority            smallint NOT NULL DEFAULT 0 CHECK (priority BETWEEN -100 AND 100),
  max_parallel        int CHECK (max_parallel > 0),
  max_failures        int CHECK (max_failures >= 0),
  requirements        jsonb NOT NULL DEFAULT '{}',
  -- {max_attempts, backoff_s, max_backoff_s, retry_on}
  retry               jsonb NOT NULL DEFAULT '{}',
  -- opaque to the scheduler; see RunContext in libs/contracts. Holds user environment values.
  run_context         json,
  -- counters, changed only in the transaction that changes the tasks they count
  task_total          int NOT NULL DEFAULT 0,
  planned             int NOT NULL DEFAULT 0,
  queued              int NOT NULL DEFAULT 0,
  leased              int NOT NULL DEFAULT 0,
  running             int NOT NULL DEFAULT 0,
  retrying            int NOT NULL DEFAULT 0,
  completed           int NOT NULL DEFAULT 0,
  failed              int NOT NULL DEFAULT 0,
  cancelled           int NOT NULL DEFAULT 0,
  -- mean runtime of recent attempts in milliseconds, sizes the backlog of leases
  mean_runtime_ms     real,
  error               jsonb,
  cancel_requested_at timestamptz,
  queue_deadline      timestamptz,
  -- dependencies whose condition does not hold yet; no task exists before it is 0
  unmet               int NOT NULL DEFAULT 0 CHECK (unmet >= 0),
  -- when every task has ended the planner has the last word: it aggregates, adds a stage of reduce tasks, or ends the job
  closed_by_planner   boolean NOT NULL DEFAULT false,
  -- whoever completes or fails a task for good says so in ended_tasks, in the same transaction
  aggregates          boolean NOT NULL DEFAULT false,
  -- map_reduce by a runner: tasks from this index on are reduce tasks; null while it has none
  map_total           int,
  -- reduce tasks that are still to be added when all goes well
  tasks_ahead         int NOT NULL DEFAULT 0 CHECK (tasks_ahead >= 0),
  -- attempts that reduce tasks of earlier runs used: those to come count on from there
  reduce_attempts     smallint NOT NULL DEFAULT 0,
  -- how often it was opened: once, and once more by each retry
  run                 smallint NOT NULL DEFAULT 1,
  -- a retry: failed tasks of this index and above, `reopening` in number, wait to be queued again; to every reader they are queued already.
  -- `reopened` is how many tasks the latest retry runs again
  reopen_from         int,
  reopening           int NOT NULL DEFAULT 0,
  reopened            int NOT NULL DEFAULT 0,
  -- tasks that took the result of an identical one; among the completed
  cached              int NOT NULL DEFAULT 0,
  created_at          timestamptz NOT NULL DEFAULT now(),
  planned_at          timestamptz,
  started_at          timestamptz,
  finished_at         timestamptz,
  CHECK (queued >= 0 AND leased >= 0 AND running >= 0 AND retrying >= 0 AND completed >= 0 AND failed >= 0 AND cancelled >= 0),
  CHECK (queued + leased + running + retrying + completed + failed + cancelled + reopening = planned AND planned <= task_total),
  CHECK (reopening >= 0 AND (reopening > 0) = (reopen_from IS NOT NULL)),
  CHECK ((status IN ('completed', 'partial', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
) WITH (fillfactor = 70);

CREATE INDEX jobs_by_account   ON jobs (account_id, id DESC);
CREATE INDEX jobs_by_tag       ON jobs USING gin (tags);
CREATE INDEX jobs_open         ON jobs (id) WHERE status IN ('planning', 'queued', 'running');
-- who counts what an account uses of its quotas looks at its open jobs only
CREATE INDEX jobs_open_of      ON jobs (account_id) WHERE status IN ('planning', 'queued', 'running');
-- who follows a project looks at its open jobs by age, and at those that ended a moment ago
CREATE INDEX jobs_open_in      ON jobs (project_id, id) WHERE status IN ('planning', 'queued', 'running');
CREATE INDEX jobs_ended_in     ON jobs (project_id, finished_at) WHERE finished_at IS NOT NULL;

-- What the user sent, byte for byte where it is theirs (json keeps order and spelling).
CREATE TABLE job_submissions (
  job_id     uuid PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
  submission json NOT NULL,
  -- what lists and streams repeat of it, so that they need not read the whole
  meta       json,
  variant    json,
  -- what the names in its payload stood for when the job was planned, see Resolved in libs/jobs: found once, by whoever was first
  resolved   json,
  -- elements of the fan-out (1 without one), and how many of them a task holds when batched
  item_total int NOT NULL DEFAULT 1,
  batch_size int
);

-- The notifier's backstop looks for those whose webhook nobody recorded.
CREATE INDEX job_submissions_calling ON job_submissions (job_id) WHERE submission ->> 'callback_url' IS NOT NULL;

-- `state` of a dependency: waiting, met, or failed (it ended in another way than the condition asks). `unmet` of the job counts those that are not
-- met. `depends_on` has no foreign key: a job that is deleted while another waits for it is a dependency that failed, not one less to wait for.
CREATE TABLE job_dependencies (
  job_id     uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
  depends_on uuid NOT NULL,
  condition  text NOT NULL CHECK (condition IN ('completed', 'partial', 'terminal')),
  state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'met', 'failed')),
  PRIMARY KEY (job_id, depends_on)
);
CREATE INDEX job_dependencies_waiting ON job_dependencies (depends_on) WHERE state = 'waiting';
-- who deletes a job asks for all that depend on it
CREATE INDEX job_dependencies_of      ON job_dependencies (depends_on);

-- What a job's ended tasks amount to so far; a row for every job that aggregates. `progress` is the planner's (JSON null: nothing yet),
-- `result` and `aliases` are what users see.
CREATE TABLE job_aggregates (
  job_id     uuid PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
  -- guards against two planners that fold at once
  version    int NOT NULL DEFAULT 1,
  progress   json NOT NULL DEFAULT 'null',
  -- tasks that are part of it
  folded     int NOT NULL DEFAULT 0 CHECK (folded >= 0),
  result     json,
  aliases    json,
  -- while tasks are still to end the next fold waits until then, the longer the more the last one cost
  fold_after timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Tasks that have completed or failed for good and are not yet part of the aggregate: written with their end, removed in the transaction that
-- folds them, so that each counts exactly once. Only for jobs that aggregate; cancelled tasks are no part of an aggregate. A row is what a
-- planner reads at once: large batches are cut.
CREATE TABLE ended_tasks (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id  uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
  indices int[] NOT NULL CHECK (cardinality(indices) BETWEEN 1 AND 1000)
);
CREATE INDEX ended_tasks_by_job ON ended_tasks (job_id, id);

-- What makes tasks of jobs with `cache` identical: see TaskFingerprints in libs/jobs. Written when the task is planned; whoever looks for a result
-- joins the task, so that an entry is of use exactly while its task is there and completed, and no report costs anything.
CREATE TABLE task_fingerprints (
  job_id      uuid NOT NULL,
  index       int NOT NULL,
  account_id  uuid NOT NULL,
  fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
  PRIMARY KEY (job_id, index)
);
-- the newest first
CREATE INDEX task_fingerprints_by_content ON task_fingerprints (account_id, fingerprint, job_id DESC, index);

-- No foreign keys on the hot tables (tasks, attempts, task_outputs): a check per row costs more than the row. The verb that
-- deletes a job deletes them in the same statement.
CREATE TABLE tasks (
  job_id       uuid NOT NULL,
  index        int NOT NULL CHECK (index >= 0),
  state        task_state NOT NULL DEFAULT 'queued',
  -- the current attempt; 0 before the first lease. Reports of any other are ignored.
  attempt      smallint NOT NULL DEFAULT 0,
  -- attempts used up by the user's program, and by losses of workers
  failures     smallint NOT NULL DEFAULT 0,
  losses       smallint NOT NULL DEFAULT 0,
  worker_id    uuid,
  exit_code    int,
  -- retrying: when it may be claimed again
  available_at timestamptz,
  leased_at    timestamptz,
  started_at   timestamptz,
  finished_at  timestamptz,
  -- {error, warnings, quality, signal, result_stored_bytes, progress}: only what is set
  outcome      json,
  -- small results inline, exactly as the program wrote them
  result       json,
  -- the latest checkpoint, in the object store under jobs/<job>/checkpoints/<index>.<checkpoint_attempt>.tar
  checkpoint_attempt    smallint,
  checkpoint_saved_at   timestamptz,
  checkpoint_size_bytes bigint,
  PRIMARY KEY (job_id, index),
  CHECK ((state IN ('leased', 'running')) = (worker_id IS NOT NULL)),
  CHECK ((state IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
  CHECK ((state = 'retrying') = (available_at IS NOT NULL)),
  CHECK (state <> 'completed' OR attempt > 0)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);

-- One index for every question of a job's tasks in a state: which to claim, to cancel, to show. In order of index, so that a page stops early.
CREATE INDEX tasks_by_state ON tasks (job_id, state, index);
-- What workers hold. Ask by worker, never by state: no other question may be tempted to read all of it.
CREATE INDEX tasks_held     ON tasks (worker_id, job_id) WHERE worker_id IS NOT NULL;
CREATE INDEX tasks_retrying ON tasks (available_at) WHERE state = 'retrying';
-- for who sweeps the checkpoints of ended jobs
CREATE INDEX tasks_checkpointed ON tasks (job_id, index) WHERE checkpoint_attempt IS NOT NULL;

-- Attempts that ended without completing the task; the current attempt lives in the task row.
CREATE TABLE attempts (
  job_id      uuid NOT NULL,
  index       int NOT NULL,
  attempt     smallint NOT NULL,
  worker_id   uuid,
  -- exit, timeout, infrastructure, invalid
  reason      text NOT NULL,
  exit_code   int,
  outcome     json,
  started_at  timestamptz,
  finished_at timestamptz NOT NULL,
  PRIMARY KEY (job_id, index, attempt)
);

-- One row per stream that wrote something. All bytes when few, else the tail; `stored` ones lie in the object store.
CREATE TABLE task_outputs (
  job_id       uuid NOT NULL,
  index        int NOT NULL,
  attempt      smallint NOT NULL,
  stream       text NOT NULL CHECK (stream IN ('stdout', 'stderr')),
  size_bytes   bigint NOT NULL,
  tail         bytea NOT NULL,
  stored       boolean NOT NULL,
  stored_bytes bigint,
  PRIMARY KEY (job_id, index, attempt, stream)
);

-- Checkpoints in the object store that nobody will ask for any more: a later attempt saved its own, or the job ended long ago.
CREATE TABLE discarded_checkpoints (
  job_id  uuid NOT NULL,
  index   int NOT NULL,
  attempt smallint NOT NULL,
  PRIMARY KEY (job_id, index, attempt)
);

CREATE TABLE artifacts (
  id           uuid PRIMARY KEY,
  account_id   uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  -- no foreign key: artifacts of a deleted job go slice by slice, nobody sees them any more
  job_id       uuid,
  task_index   int,
  attempt      smallint,
  filename     text NOT NULL,
  -- of the bytes that are stored; null of what lies elsewhere, which counts as no content of ours
  size_bytes   bigint,
  sha256       text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  -- null until the bytes are verified
  published_at timestamptz,
  created_at   timestamptz NOT NULL DEFAULT now(),
  -- where it lies when that is elsewhere, and what its bytes are said to be
  external_url    text,
  external_sha256 text CHECK (external_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT artifacts_stored_or_external CHECK (CASE WHEN external_url IS NULL THEN num_nulls(size_bytes, sha256) = 0 AND external_sha256 IS NULL
                                                      ELSE num_nonnulls(size_bytes, sha256, job_id) = 0 END)
);
CREATE INDEX artifacts_by_account ON artifacts (account_id, id DESC);
CREATE INDEX artifacts_by_job     ON artifacts (job_id, task_index) WHERE job_id IS NOT NULL;
CREATE INDEX artifacts_by_content ON artifacts (account_id, sha256);
-- an attempt announces each name once; a repeated announcement finds its row again
CREATE UNIQUE INDEX artifacts_of_attempt ON artifacts (job_id, task_index, attempt, filename) WHERE job_id IS NOT NULL;
CREATE INDEX artifacts_unpublished ON artifacts (created_at) WHERE published_at IS NULL;

-- Bytes of artifacts that others send to the object store by signed URLs. They arrive beside what is stored, and become it when they were verified.
-- A row stays until no URL works any more, so that what comes late is removed too.
CREATE TABLE uploads (
  artifact_id  uuid PRIMARY KEY,
  account_id   uuid NOT NULL,
  -- of one in parts: what the object store calls it, and the size of every part but the last
  multipart_id text,
  part_bytes   bigint,
  signed_until timestamptz NOT NULL DEFAULT now(),
  -- set from when the client says that all is there until that is found true or false: nobody verifies it before then
  verify_after timestamptz,
  -- why it was refused
  fault        text
);
CREATE INDEX uploads_by_age    ON uploads (signed_until);
CREATE INDEX uploads_to_verify ON uploads (verify_after) WHERE verify_after IS NOT NULL;

-- Deleted jobs of which something is left: rows of their tasks up to `task_total`, the first `cleared` of which are gone, and what lies in the object
-- store. `cleared_at`: nothing was left then, but a transfer that was granted before may still put something there, so it is looked at once more.
CREATE TABLE deleted_jobs (
  job_id     uuid PRIMARY KEY,
  account_id uuid NOT NULL,
  task_total int NOT NULL,
  cleared    int NOT NULL DEFAULT 0,
  deleted_at timestamptz NOT NULL DEFAULT now(),
  cleared_at timestamptz
);
CREATE INDEX deleted_jobs_by_age ON deleted_jobs (deleted_at);

-- Contents of which an artifact was deleted: their bytes go when no other artifact of the account has them. While they go (`removing_since`), no
-- artifact of that content can be announced.
CREATE TABLE orphaned_contents (
  account_id     uuid NOT NULL,
  sha256         text NOT NULL,
  removing_since timestamptz,
  PRIMARY KEY (account_id, sha256)
);

-- Whoever inserts an artifact finds its bytes stored, and announces it without an upload: they must not be on their way out. Here, because no way
-- of inserting may forget it. The lock is shared with other inserts and keeps off who decides that nobody has the content
-- (claim-orphaned-contents.sql). SQLSTATE 55006: ask again in a moment.
CREATE FUNCTION refuse_content_on_its_way_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('content:' || NEW.account_id || NEW.sha256, 0));
  IF EXISTS (SELECT FROM orphaned_contents WHERE account_id = NEW.account_id AND sha256 = NEW.sha256 AND removing_since IS NOT NULL) THEN
    RAISE EXCEPTION 'earlier bytes of this content are being removed' USING ERRCODE = '55006';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER artifacts_hold_content BEFORE INSERT ON artifacts FOR EACH ROW WHEN (NEW.sha256 IS NOT NULL) EXECUTE FUNCTION refuse_content_on_its_way_out();

CREATE TABLE workers (
  id           uuid PRIMARY KEY,
  name         text NOT NULL,
  incarnation  uuid NOT NULL,
  state        worker_state NOT NULL DEFAULT 'ready',
  offers       jsonb NOT NULL,
  joined_at    timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

-- Written in the transaction of the change it announces, published and removed by the relay in order of id.
-- kind 'message': body of one durable message. kind 'events': array of outgoing events of one subject.
CREATE TABLE outbox (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind       text NOT NULL CHECK (kind IN ('message', 'events')),
  type       text NOT NULL,
  body       json NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE webhook_deliveries (
  id              uuid PRIMARY KEY,
  job_id          uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
  url             text NOT NULL,
  body            json NOT NULL,
  state           text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
  attempts        int NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  last_status     int,
  last_error      text,
  created_at      timestamptz NOT NULL DEFAULT now(),
  delivered_at    timestamptz,
  -- the job's, at its end: a retried job ends again and tells again
  run             smallint NOT NULL DEFAULT 1,
  -- when its day began: at its creation, or when somebody asked for it again; and how many attempts came before that
  due_since       timestamptz NOT NULL DEFAULT now(),
  tried_before    int NOT NULL DEFAULT 0,
  -- the last ten, oldest first: [{number, ended_at, status, error}]
  recent_attempts jsonb NOT NULL DEFAULT '[]',
  UNIQUE (job_id, url, run)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE state = 'pending';
