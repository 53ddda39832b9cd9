import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UploadProgress } from '@computalot/sdk';
import { describe, expect, test } from '@jest/globals';
import type { Stage } from '../stage/stage.js';

const MIB = 1024 * 1024;
const SIZE = 100 * MIB;

/** Uploads a file and dies when a quarter of it has arrived. */
const dies = `
  import { ComputalotClient } from '@computalot/sdk';
  const [url, apiKey, path] = process.argv.slice(1);
  const onProgress = ({ sent_bytes, total_bytes }) => sent_bytes < total_bytes / 4 || process.kill(process.pid, 'SIGKILL');
  const client = new ComputalotClient({ url, apiKey });
  await client.uploadArtifact('large.bin', { path }, { idempotencyKey: 'large-1', onProgress });
`;

export function uploads(stage: () => Stage): void {
  describe('uploads past the API', () => {
    test('a file goes in one piece', async () => {
      const { user } = stage();
      const bytes = Buffer.alloc(20 * MIB, 'in one piece');
      const artifact = await user.client.uploadArtifact('piece.bin', new Uint8Array(bytes));
      expect(artifact).toMatchObject({ size_bytes: bytes.length, sha256: shaOf(bytes) });
      expect(await digestOf(await user.client.downloadArtifact(artifact.id))).toBe(shaOf(bytes));
    });

    test('a large file goes on from the parts that arrived when who uploaded it was killed', async () => {
      const { user, platform } = stage();
      const folder = await mkdtemp(join(tmpdir(), 'computalot-uploads-'));
      try {
        const path = join(folder, 'large.bin');
        const sha256 = await writeLarge(path);
        const args = ['--input-type=module', '-e', dies, platform.url, user.key, path];
        const child = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: 'inherit' });
        expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
        const seen: UploadProgress[] = [];
        const artifact = await user.client.uploadArtifact(
          'large.bin',
          { path },
          {
            idempotencyKey: 'large-1',
            onProgress: (progress) => void seen.push(progress),
          },
        );
        expect(seen[0]?.sent_bytes).toBeGreaterThanOrEqual(SIZE / 4);
        expect(seen[0]?.sent_bytes).toBeLessThan(SIZE);
        expect(artifact).toMatchObject({ id: seen[0]?.id, size_bytes: SIZE, sha256 });
        expect(await digestOf(await user.client.downloadArtifact(artifact.id))).toBe(sha256);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });
}

const shaOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function digestOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream as AsyncIterable<Uint8Array>) hash.update(chunk);
  return hash.digest('hex');
}

/** A file of which no two MiB are alike; its sha256. */
async function writeLarge(path: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  for (let n = 0; n < SIZE / MIB; n++) {
    const block = Buffer.alloc(MIB, `block ${n} `);
    hash.update(block);
    await file.write(block);
  }
  await file.close();
  return hash.digest('hex');
}
