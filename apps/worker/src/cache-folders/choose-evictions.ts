export interface CachedFolder {
  readonly path: string;
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly usedAt: number;
  /** Jobs that need it now. */
  readonly users: number;
}

/** What must go for the rest to fit into the limit: used longest ago first, never what is in use. Pure. */
export function chooseEvictions<T extends CachedFolder>(folders: Iterable<T>, limitBytes: number): T[] {
  const all = [...folders];
  let excess = all.reduce((sum, { bytes }) => sum + bytes, 0) - limitBytes;
  const idle = all.filter(({ users }) => users === 0).sort((a, b) => a.usedAt - b.usedAt);
  return idle.filter(({ bytes }) => {
    const isNeeded = excess > 0;
    if (isNeeded) excess -= bytes;
    return isNeeded;
  });
}
