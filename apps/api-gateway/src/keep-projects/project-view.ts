import type { ProjectObject, ProjectStatus, RevisionObject } from '@computalot/contracts';
import type { ProjectRow, RevisionRow } from '@computalot/database';
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

/** Jobs are accepted once code was pushed; that is all a process runtime needs, so it is ready then too. */
export function projectStatus({ name, active_revision }: ProjectRow): ProjectStatus {
  const hasCode = active_revision !== null;
  return {
    project: name,
    active_revision,
    can_accept_new_jobs: hasCode,
    ready_for_jobs: hasCode,
    detail: hasCode ? null : 'Nothing has been pushed yet.',
  };
}
