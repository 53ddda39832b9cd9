import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteRange, StoredObject } from '../object-store.js';
import { expectSize } from '../transfer-rules.js';
import { objectPath, prefixFolder, startsSegment } from './object-paths.js';

const ABANDONED_AFTER_MS = 24 * 3_600 * 1_000;
const MAX_RENAME_TRIES = 5;

/** An object opened for reading; `open` must be consumed or destroyed. */
export interface OpenObject {
  readonly object: StoredObject;
  readonly stream: (range?: ByteRange) => Readable;
  readonly close: () => Promise<void>;
}

/** Objects as files below one folder: a reader sees a whole old or a whole new object, also after a crash. */
export class FileBytes {
  private readonly objects: string;
  private readonly unfinished: string;

  constructor(readonly folder: string) {
    this.objects = join(folder, 'objects');
    this.unfinished = join(folder, 'unfinished');
  }

  async prepare(): Promise<void> {
    await mkdir(this.objects, { recursive: true });
    await mkdir(this.unfinished, { recursive: true });
    for (const name of await readdir(this.unfinished)) {
      const path = join(this.unfinished, name);
      const age_ms = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
      if (age_ms > ABANDONED_AFTER_MS) await rm(path, { force: true });
    }
  }

  async write(key: string, body: Readable | Buffer, size_bytes?: number): Promise<StoredObject> {
    const target = objectPath(this.objects, key);
    const draft = join(this.unfinished, randomUUID());
    try {
      const object = await writeDraft(draft, body, size_bytes);
      await this.publish(draft, target);
      return object;
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  async open(key: string): Promise<OpenObject | null> {
    const file = await orNull(open(objectPath(this.objects, key), 'r'));
    if (!file) return null;
    try {
      const object = await describe(file);
      return {
        object,
        stream: (range) => file.createReadStream(range ? { start: range.start, end: range.end ?? Infinity } : {}),
        close: () => file.close(),
      };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async head(key: string): Promise<StoredObject | null> {
    const opened = await this.open(key);
    await opened?.close();
    return opened?.object ?? null;
  }

  /** The objects right below the prefix, which ends in a slash. */
  async list(prefix: string): Promise<readonly { readonly name: string; readonly size_bytes: number }[]> {
    const folder = prefixFolder(this.objects, prefix);
    const files = ((await orNull(readdir(folder))) ?? []).filter((name) => name.endsWith('.o'));
    const sizes = await Promise.all(files.map((name) => orNull(stat(join(folder, name)))));
    return files.flatMap((name, at) => {
      const found = sizes[at];
      return found ? [{ name: name.slice(0, -'.o'.length), size_bytes: found.size }] : [];
    });
  }

  async remove(key: string): Promise<void> {
    const path = objectPath(this.objects, key);
    await rm(path, { force: true });
    await this.removeEmptyFolders(dirname(path));
  }

  async removePrefix(prefix: string): Promise<void> {
    const folder = prefixFolder(this.objects, prefix);
    const start = prefix.slice(prefix.lastIndexOf('/') + 1);
    for (const name of (await orNull(readdir(folder))) ?? []) {
      if (startsSegment(name, start)) await rm(join(folder, name), { recursive: true, force: true });
    }
    await this.removeEmptyFolders(folder);
  }

  /** A folder may vanish between its creation and the rename, because another caller emptied it: then it is made again. */
  private async publish(draft: string, target: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await rename(draft, target);
        return await syncFolder(dirname(target));
      } catch (error) {
        if (attempt === MAX_RENAME_TRIES || !isMissing(error)) throw error;
        await mkdir(dirname(target), { recursive: true });
      }
    }
  }

  private async removeEmptyFolders(folder: string): Promise<void> {
    for (let at = folder; at.startsWith(this.objects) && at !== this.objects; at = dirname(at)) {
      const isRemoved = await rmdir(at).then(
        () => true,
        (error: unknown) => isMissing(error),
      );
      if (!isRemoved) return;
    }
  }
}

async function writeDraft(draft: string, body: Readable | Buffer, size_bytes?: number): Promise<StoredObject> {
  const file = await open(draft, 'wx', 0o600);
  try {
    if (Buffer.isBuffer(body)) {
      if (size_bytes !== undefined && size_bytes !== body.length)
        throw new RangeError(`the body has ${body.length} bytes, not ${size_bytes}`);
      await file.writeFile(body);
    } else {
      const sink = (chunks: AsyncIterable<Buffer>) => file.writeFile(chunks);
      await (size_bytes === undefined ? pipeline(body, sink) : pipeline(body, expectSize(size_bytes), sink));
    }
    await file.datasync();
    return await describe(file);
  } finally {
    await file.close();
  }
}

/** A rename keeps inode and modification time, so what was written and what is read later have one etag. */
async function describe(file: FileHandle): Promise<StoredObject> {
  const facts = await file.stat({ bigint: true });
  return {
    size_bytes: Number(facts.size),
    etag: [facts.ino, facts.size, facts.mtimeNs].map((part) => part.toString(36)).join('-'),
  };
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; its rename is as durable as it gets.
  const handle = await open(folder, 'r').catch(() => null);
  if (!handle) return;
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

async function orNull<T>(result: Promise<T>): Promise<T | null> {
  return result.catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
}
