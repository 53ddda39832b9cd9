import type { ArtifactObject } from '@computalot/contracts';
import type { ArtifactRow } from '@computalot/database';
import { encodeId, taskId } from '@computalot/kernel';

export function artifactObject(artifact: ArtifactRow): ArtifactObject {
  const jobId = artifact.job_id === null ? null : encodeId('job', artifact.job_id);
  return {
    id: encodeId('art', artifact.id),
    filename: artifact.filename,
    size_bytes: artifact.size_bytes,
    sha256: artifact.sha256,
    url: artifact.external_url,
    job_id: jobId,
    task_id: jobId === null || artifact.task_index === null ? null : taskId(jobId, artifact.task_index),
    created_at: artifact.created_at.toISOString(),
  };
}
