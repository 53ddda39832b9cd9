import type { KvEntryObject } from '@computalot/contracts';
import type { Http } from './http.js';
import type { Page, PageOptions } from './paging.js';
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

/** A conditional request is not sent again: its own success would make it fail. */
const under = ({ if_version, if_absent = false }: PutCondition) => ({
  headers: {
    ...(if_version === undefined ? {} : { 'if-match': `"${if_version}"` }),
    ...(if_absent ? { 'if-none-match': '*' } : {}),
  },
  ...(if_version !== undefined || if_absent ? { isRepeatable: false } : {}),
});

/** Values that the jobs of a project share. */
export class Values {
  constructor(private readonly http: Http) {}

  /** Any JSON; when the condition does not hold, a ProblemError `precondition_failed`. */
  put(project: string, key: string, value: unknown, condition: PutCondition = {}): Promise<KvEntryObject> {
    return this.http.json('PUT', at('projects', project, 'kv', key), { body: value, ...under(condition) });
  }

  /** Null when there is none. */
  async get(project: string, key: string): Promise<VersionedValue | null> {
    try {
      const response = await this.http.send('GET', at('projects', project, 'kv', key));
      const version = Number(response.headers.get('etag')?.replaceAll('"', ''));
      return { value: await response.json(), version };
    } catch (error) {
      if (error instanceof ProblemError && error.status === 404) return null;
      throw error;
    }
  }

  async delete(project: string, key: string, condition: Pick<PutCondition, 'if_version'> = {}): Promise<void> {
    await this.http.json('DELETE', at('projects', project, 'kv', key), under(condition));
  }

  /** A page of keys, in the order of their bytes. */
  keys(
    project: string,
    options: PageOptions & { readonly prefix?: string } = {},
  ): Promise<Page<'keys', KvEntryObject>> {
    return this.http.json('GET', at('projects', project, 'kv'), { query: { ...options } });
  }
}
