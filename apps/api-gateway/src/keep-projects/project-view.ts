import type { InitState, ProjectObject, ProjectStatus, RevisionObject } from '@computalot/contracts';
import type { ProjectRow, RevisionRow, RuntimeStateRow } from '@computalot/database';
import { runtimeSpecOf } from '@computalot/jobs';
import { encodeId } from '@computalot/kernel';

export function projectObject(project: ProjectRow): ProjectObject {
  return {
    id: encodeId('prj', project.id),
    name: project.name,
    active_revision: project.active_revision,
    created_at: project.created_at.toISOString(),
  };
}

export function revisionObject(project: string, revision: RevisionRow, active: string | null): RevisionObject {
  return {
    id: revision.hash,
    revision: revision.hash,
    project,
    size_bytes: revision.size_bytes,
    entry_count: revision.entry_count,
    active: revision.hash === active,
    created_at: revision.created_at.toISOString(),
  };
}

/** Jobs are accepted once code was pushed; they start at once where nothing must be prepared, or a worker has done it. */
export function projectStatus({ name, active_revision }: ProjectRow, runtime: RuntimeStateRow | null): ProjectStatus {
  const base = { project: name, active_revision, can_accept_new_jobs: active_revision !== null };
  if (active_revision === null) {
    const init = { state: 'not_needed', error: null } as const;
    return { ...base, ready_for_jobs: false, detail: 'Nothing has been pushed yet.', init };
  }
  const state = initStateOf(runtime);
  return {
    ...base,
    ready_for_jobs: state === 'not_needed' || state === 'ready',
    detail: DETAILS[state],
    init: { state, error: state === 'failed' ? (runtime?.error ?? null) : null },
  };
}

const DETAILS: Readonly<Record<InitState, string | null>> = {
  not_needed: null,
  not_started: 'No worker has prepared the runtime yet: the first job has it done, or POST …/init.',
  preparing: 'A worker prepares the runtime.',
  ready: null,
  failed: 'The runtime could not be prepared: see init.error, and push a revision that corrects it.',
};

const OF_THE_RUNTIME = ['runtime_init_failed', 'validation_failed', 'service_failed'];

function initStateOf(runtime: RuntimeStateRow | null): InitState {
  const { init, validation, services, kind } = runtimeSpecOf(runtime?.manifest ?? null) ?? {};
  if (!init && !validation && !services && !kind) return 'not_needed';
  if (!runtime?.tried) return 'not_started';
  if (runtime.error && OF_THE_RUNTIME.includes(runtime.error.code)) return 'failed';
  if (runtime.started) return 'ready';
  return runtime.error ? 'not_started' : 'preparing';
}
