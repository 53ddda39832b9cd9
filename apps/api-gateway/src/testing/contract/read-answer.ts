/** Bodies that are several documents. */
export function linesIn(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

export interface SentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Server-sent events of a whole stream; comments and settings are left out. */
export function eventsIn(text: string): SentEvent[] {
  const blocks = text.split('\n\n').map((block) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
    return { id: field('id'), event: field('event'), data: field('data') };
  });
  return blocks.filter(({ event }) => event !== '');
}
