import { createHash } from 'node:crypto';
import { decodeId, newUuid } from '@computalot/kernel';
import { objectKeys } from '@computalot/object-store';
import type { ContractCases } from '../contract-case.js';
import type { ContractWorld } from '../contract-world.js';

export const uploadCases: ContractCases = {
  beginDirectUpload: (world) => begins(world, 'beginDirectUpload'),
  beginMultipartUpload: (world) => begins(world, 'beginMultipartUpload'),

  signParts: async (world) => {
    const { id } = await begun(world, 'beginMultipartUpload');
    await world.contract.answers('signParts', 200, { path: { id }, body: { part_numbers: [1] } });
    await world.contract.answers('signParts', 'validation_failed', { path: { id }, body: { part_numbers: [2] } });
  },

  getUpload: async (world) => {
    const { id } = await begun(world, 'beginMultipartUpload');
    await world.contract.answers('getUpload', 200, { path: { id } });
  },

  completeUpload: async (world) => {
    const right = await begun(world, 'beginDirectUpload');
    await world.contract.answers('completeUpload', 'upload_incomplete', { path: { id: right.id } });
    await arrive(world, right.id, right.bytes);
    await world.contract.answers('completeUpload', 200, { path: { id: right.id } });
    const slow = await begun(world, 'beginDirectUpload');
    const later = `UPDATE uploads SET verify_after = now() + interval '1 day' WHERE artifact_id = $1`;
    await world.database.query(later, [decodeId('art', slow.id)]);
    await world.contract.answers('completeUpload', 202, { path: { id: slow.id } });
    const wrong = await begun(world, 'beginDirectUpload');
    await arrive(world, wrong.id, Buffer.from('other bytes'));
    await world.contract.answers('completeUpload', 'upload_mismatch', { path: { id: wrong.id } });
  },

  abortUpload: async (world) => {
    const { id } = await begun(world, 'beginMultipartUpload');
    await world.contract.answers('abortUpload', 204, { path: { id } });
    await world.contract.answers('getUpload', 'not_found', { path: { id } });
  },
};

async function begins(world: ContractWorld, operation: string): Promise<void> {
  const { body } = await begun(world, operation);
  await world.database.query('UPDATE accounts SET max_storage_bytes = 1 WHERE id = $1', [world.owner.id]);
  const sha256 = createHash('sha256').update('no room').digest('hex');
  await world.contract.answers(operation, 'storage_full', { body: { ...body, sha256 } });
  await world.database.query('UPDATE accounts SET max_storage_bytes = NULL WHERE id = $1', [world.owner.id]);
}

/** An upload of bytes that nobody has. */
async function begun(world: ContractWorld, operation: string) {
  const bytes = Buffer.from(newUuid());
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const body = { sha256, size: bytes.length, filename: 'a file.bin' };
  const { json } = await world.contract.answers(operation, 201, { body });
  return { id: String(json.id), bytes, body };
}

async function arrive(world: ContractWorld, id: string, bytes: Buffer): Promise<void> {
  await world.gateway.objects.put(objectKeys.arrival(world.owner.id, decodeId('art', id) ?? ''), bytes);
}
