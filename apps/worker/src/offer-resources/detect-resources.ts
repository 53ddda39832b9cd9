import type { Resources } from '@computalot/contracts';
import { execFile } from 'node:child_process';
import { mkdir, readdir, statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);
const GB = 1e9;

/** Free space of the disk of a folder, which is made where it is not there. */
export async function freeBytes(dataDir: string): Promise<number> {
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  const { bavail, bsize } = await statfs(dataDir);
  return bavail * bsize;
}

/** What this machine has: cores, memory (the container's limit where there is one), NVIDIA GPUs; and the disk space that is left to tasks. */
export async function detectResources(diskBytes: number): Promise<Resources> {
  const limit = process.constrainedMemory();
  const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return {
    cpu: availableParallelism(),
    memory_gb: floor(memory / GB),
    storage_gb: floor(diskBytes / GB),
    ...(await detectGpus()),
  };
}

/** Two decimals, never more than there is. */
function floor(gigabytes: number): number {
  return Math.floor(gigabytes * 100) / 100;
}

async function detectGpus(): Promise<Pick<Resources, 'gpu' | 'gpu_memory_gb'>> {
  const listed = await readdir('/proc/driver/nvidia/gpus').catch(() => []);
  if (listed.length === 0) return {};
  try {
    const { stdout } = await run('nvidia-smi', ['--query-gpu=memory.total', '--format=csv,noheader,nounits'], {
      timeout: 10_000,
    });
    return gpusOf(stdout) ?? { gpu: listed.length };
  } catch {
    return { gpu: listed.length };
  }
}

/** Reads a MiB figure a line; a task may land on any of the GPUs, so the smallest counts. */
export function gpusOf(listing: string): Pick<Resources, 'gpu' | 'gpu_memory_gb'> | null {
  const sizes = listing
    .trim()
    .split('\n')
    .map((line) => Number.parseInt(line, 10));
  if (sizes.length === 0 || sizes.some((size) => !Number.isFinite(size))) return null;
  return { gpu: sizes.length, gpu_memory_gb: floor((Math.min(...sizes) * 1024 ** 2) / GB) };
}
