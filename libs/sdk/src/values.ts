import type { KvEntryObject } from '@computalot/contracts';
import type { Http } from './http.js';
import { at } from './paths.js';
import { ProblemError } from './problem-error.js';

export interface PutCondition {
  /** Only what is at this version is replaced. */
  readonly if_version?: number;
  /** The key must not exist. */
  readonly if_absent?: boolean;
}

export interface VersionedValue {
  readonly value: unknown;
  readonly version: number;
}

/** Project and key. */
type Place = readonly [project: string, key: string];

const pathOf = ([project, key]: Place) => at('projects', project, 'kv', key);
/** A conditional request is not sent again: its own success would make it fail. */
const under = ({ if_version, if_absent = false }: PutCondition) => ({
  headers: {
    ...(if_version === undefined ? {} : { 'if-match': `"${if_version}"` }),
    ...(if_absent ? { 'if-none-match': '*' } : {}),
  },
  ...(if_version !== undefined || if_absent ? { isRepeatable: false } : {}),
});

export function putValue(http: Http, place: Place, value: unknown, condition: PutCondition): Promise<KvEntryObject> {
  return http.json('PUT', pathOf(place), { body: value, ...under(condition) });
}

export async function getValue(http: Http, place: Place): Promise<VersionedValue | null> {
  try {
    const response = await http.send('GET', pathOf(place));
    const version = Number(response.headers.get('etag')?.replaceAll('"', ''));
    return { value: await response.json(), version };
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return null;
    throw error;
  }
}

export async function deleteValue(http: Http, place: Place, condition: PutCondition): Promise<void> {
  await http.json('DELETE', pathOf(place), under(condition));
}
