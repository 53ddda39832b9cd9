import type { ProjectStreamEvents } from '@computalot/contracts';
import type { Http } from './http.js';
import { resumed, type EventOf, type StreamOptions } from './stream-job.js';

export type ProjectStreamEvent = EventOf<ProjectStreamEvents>;

/** Everything that happens in a project, until `signal`; throws (ProblemError 404) when it is deleted. */
export function watchProject(
  http: Http,
  name: string,
  options: StreamOptions = {},
): AsyncGenerator<ProjectStreamEvent> {
  return resumed(http, `/api/v1/projects/${encodeURIComponent(name)}/stream`, options);
}
