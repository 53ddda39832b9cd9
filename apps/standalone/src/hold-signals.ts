const ENDING = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Keeps signals from ending a process that is still starting, and has children that would stay behind. Call the result when the process can
 * drain: a signal that came in between arrives then, as SIGTERM.
 */
export function holdSignals(target: Pick<NodeJS.Process, 'on' | 'off' | 'kill' | 'pid'> = process): () => void {
  let isAsked = false;
  const note = (): void => void (isAsked = true);
  for (const signal of ENDING) target.on(signal, note);
  return () => {
    for (const signal of ENDING) target.off(signal, note);
    if (isAsked) target.kill(target.pid, 'SIGTERM');
  };
}
