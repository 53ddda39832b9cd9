import type { UploadObject } from '@computalot/contracts';
import type { UploadRow } from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import type { StoredPart } from '@computalot/object-store';

export function uploadObject(upload: UploadRow, parts: readonly StoredPart[]): UploadObject {
  const { artifact_id, status, part_bytes, fault } = upload;
  return {
    id: encodeId('art', artifact_id),
    status,
    part_bytes,
    part_count: partCount(upload),
    parts: parts.map(({ part, size_bytes }) => ({ part_number: part, size_bytes })),
    detail: fault,
  };
}

export function partCount({ size_bytes, part_bytes }: Pick<UploadRow, 'size_bytes' | 'part_bytes'>): number | null {
  return size_bytes === null || part_bytes === null ? null : Math.ceil(size_bytes / part_bytes);
}
