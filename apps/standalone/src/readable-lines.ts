interface LogLine {
  readonly time?: string;
  readonly level?: string;
  readonly context?: string;
  readonly msg?: string;
  readonly err?: { readonly message?: string; readonly stack?: string };
}

/** One JSON log line as a person wants to read it. */
export function readableLine(json: string): string {
  let line: LogLine;
  try {
    line = JSON.parse(json) as LogLine;
  } catch {
    return json;
  }
  const time = line.time?.slice(11, 19) ?? '';
  const context = line.context ? `[${line.context}] ` : '';
  const stack = line.err?.stack ?? line.err?.message;
  return `${time} ${(line.level ?? '').toUpperCase().padEnd(5)} ${context}${line.msg ?? ''}${stack ? `\n${stack}` : ''}\n`;
}
