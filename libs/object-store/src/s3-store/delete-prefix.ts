import type { Client } from 'minio';

const BATCH = 1_000;

/** Deletes page by page, so that memory does not grow with the number of objects. Throws when the store refuses one. */
export async function deleteObjectsBelow(client: Client, bucket: string, prefix: string): Promise<void> {
  let batch: string[] = [];
  for await (const { name } of client.listObjectsV2(bucket, prefix, true) as AsyncIterable<{ name?: string }>) {
    if (name === undefined) continue;
    batch.push(name);
    if (batch.length < BATCH) continue;
    await deleteAll(client, bucket, batch);
    batch = [];
  }
  if (batch.length > 0) await deleteAll(client, bucket, batch);
}

async function deleteAll(client: Client, bucket: string, names: string[]): Promise<void> {
  const answers = await client.removeObjects(bucket, names);
  const refused = answers.find((answer) => answer?.Error)?.Error;
  if (refused) throw new Error(`"${refused.Key}": ${refused.Message ?? refused.Code}`);
}
