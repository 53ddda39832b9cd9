import type { CompletedResult } from '@computalot/database';
import { objectKeys, type ObjectStore } from '@computalot/object-store';
import type { Readable } from 'node:stream';

/** The object store says that it does not have a result; it is not away. */
export class ResultMissing extends Error {
  constructor(index: number) {
    super(`The result of task ${index} is missing from the object store.`);
  }
}

/** A result that does not lie in its task's row. @throws ResultMissing */
export async function openStoredResult(
  objects: ObjectStore,
  jobId: string,
  { index, attempt }: CompletedResult,
): Promise<Readable> {
  const body = await objects.get(objectKeys.result(jobId, index, attempt));
  if (!body) throw new ResultMissing(index);
  return body;
}
