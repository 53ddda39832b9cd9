/**
 * Where a reader of a stream is. One feed entry may become several events; the id of each says how to go on after exactly it: after the
 * feed position `after`, without the first `skip` events of the entry that follows.
 */
export interface StreamPlace {
  readonly after: string | null;
  readonly skip: number;
}

const ID = /^(-|\d{1,15}-\d{1,15})(?:~(\d{1,6}))?$/;

export function formatEventId({ after, skip }: StreamPlace): string {
  return `${after ?? '-'}${skip > 0 ? `~${skip}` : ''}`;
}

/** Null for what this server never sent: the stream then begins with a snapshot. */
export function parseEventId(text: string | undefined): StreamPlace | null {
  const match = ID.exec(text ?? '');
  if (!match) return null;
  return { after: match[1] === '-' ? null : (match[1] ?? null), skip: Number(match[2] ?? 0) };
}

const NUMBERS = /\d+/g;
const SHORT = /^(?:-|[0-9a-z]{1,10}-[0-9a-z]{1,10})(?:~[0-9a-z]{1,4})?$/;

/** With numbers in base 36, for ids that hold many places. */
export function formatShort(place: StreamPlace): string {
  return formatEventId(place).replace(NUMBERS, (digits) => Number(digits).toString(36));
}

/** Null for what {@link formatShort} never made. */
export function parseShort(text: string): StreamPlace | null {
  if (!SHORT.test(text)) return null;
  return parseEventId(text.replace(/[0-9a-z]+/g, (digits) => String(Number.parseInt(digits, 36))));
}
