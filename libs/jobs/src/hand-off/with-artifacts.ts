import type { SubmittedSpec } from '../task-spec-of.js';

/** What a name in `payload._artifacts.download` was found to stand for. */
export interface HandedArtifact {
  /** Public. */
  readonly artifact_id: string;
  readonly sha256: string;
  readonly size_bytes: number;
}

/** By the names of `payload._artifacts.download`. */
export type HandedArtifacts = Readonly<Record<string, HandedArtifact>>;

/** An artifact that the tasks of a job find among their inputs, under its name. */
export interface Input extends HandedArtifact {
  readonly name: string;
}

type Payload = Readonly<Record<string, unknown>>;

/** The submission with what its downloads stand for in their entries. */
export function withArtifacts<T extends SubmittedSpec>(submission: T, found: HandedArtifacts | undefined): T {
  if (found === undefined) return submission;
  const payload = submission.payload ?? {};
  return { ...submission, payload: { ...payload, ...extended(payload, (name) => found[name] ?? {}) } };
}

/** The inputs of a spec's payload {@link withArtifacts}. */
export function inputsOf(payload: Payload): Input[] {
  return Object.entries(downloads(payload)).map(([name, entry]) => ({ ...(entry as HandedArtifact), name }));
}

/** Of a spec's payload the artifacts, with the path of each where they lie in `folder`. */
export function artifactsIn(folder: string, payload: Payload): Payload {
  return extended(payload, (name) => ({ path: `${folder}/${name}` }));
}

function extended(payload: Payload, more: (name: string) => object): Payload {
  const entries = Object.entries(downloads(payload)).map(([name, entry]) => [name, { ...entry, ...more(name) }]);
  return { _artifacts: { download: Object.fromEntries(entries) as Payload } };
}

function downloads(payload: Payload): Readonly<Record<string, object>> {
  const { download } = (payload['_artifacts'] ?? {}) as { download?: Record<string, object> | null };
  return download ?? {};
}
