import { newUuid } from '@computalot/kernel';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { renameSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeLeftovers } from '../drive-launchers/remove-leftovers.js';
import { EXECUTOR, type Executor } from '../run-attempts/executor.js';
import { WORKER_SETTINGS, type WorkerSettings } from '../worker-options.js';
import { chooseEvictions, type CachedFolder } from './choose-evictions.js';
import { folderSize } from './folder-size.js';

type Entry = { -readonly [K in keyof CachedFolder]: CachedFolder[K] };

/**
 * Complete folders on this worker's disk, up to a number of bytes in all; those used longest ago go. The file `<folder>.size` beside each has its bytes as
 * text, and as its time of change the last use: so the cache outlives the worker. Whatever else lies there goes with its folder.
 */
@Injectable()
export class CacheFolders {
  private readonly logger = new Logger(CacheFolders.name);
  private readonly entries = new Map<string, Entry>();

  constructor(
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
    @Inject(EXECUTOR) private readonly executor: Pick<Executor, 'forget'>,
  ) {}

  /** Finds what an earlier incarnation left in this folder of folders; what it had begun is of no use. */
  async open(dir: string): Promise<void> {
    await mkdir(dir, { recursive: true, mode: 0o711 });
    const names = new Set(await readdir(dir));
    for (const name of names) {
      const path = join(dir, name);
      if (name.startsWith('.') || !names.has(name.split('.')[0] ?? '')) await removeLeftovers(path);
      else if (!name.includes('.')) await this.find(path);
    }
    this.evict();
  }

  /** True when the folder is there; it stays until {@link release}. */
  take(path: string): boolean {
    const entry = this.entries.get(path);
    if (!entry) return false;
    entry.users += 1;
    this.touch(entry);
    return true;
  }

  release(path: string): void {
    const entry = this.entries.get(path);
    if (!entry) return;
    entry.users -= 1;
    this.touch(entry);
    this.evict();
  }

  /** Takes in a complete folder by renaming it to its place; nobody is said to use it yet. */
  async add(made: string, path: string): Promise<void> {
    const bytes = await folderSize(made);
    await rename(made, path);
    await writeFile(sizeFile(path), String(bytes));
    this.entries.set(path, { path, bytes, usedAt: Date.now(), users: 0 });
    this.evict(path);
  }

  private async find(path: string): Promise<void> {
    const bytes = Number(await readFile(sizeFile(path), 'utf8').catch(() => '')) || (await folderSize(path));
    const usedAt = await stat(sizeFile(path)).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    this.entries.set(path, { path, bytes, usedAt, users: 0 });
  }

  private touch(entry: Entry): void {
    entry.usedAt = Date.now();
    const now = new Date(entry.usedAt);
    utimes(sizeFile(entry.path), now, now).catch(() => undefined);
  }

  /** `kept` was asked for just now and is taken next. */
  private evict(kept?: string): void {
    for (const { path, bytes } of chooseEvictions(this.entries.values(), this.settings.cacheBytes)) {
      if (path === kept) continue;
      this.entries.delete(path);
      this.executor.forget(path);
      const grave = join(dirname(path), `.${newUuid()}`);
      // At once: whoever wants it from now on makes it anew in the same place.
      renameSync(path, grave);
      this.logger.log(`${path} (${bytes} bytes) makes room`);
      void Promise.all([
        removeLeftovers(grave),
        rm(sizeFile(path), { force: true }),
        rm(`${path}.log`, { force: true }),
      ]).catch((error: unknown) => this.logger.warn(error));
    }
  }
}

const sizeFile = (path: string): string => `${path}.size`;
