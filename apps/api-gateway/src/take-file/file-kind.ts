import type { ProblemCode } from '@computalot/contracts';
import { Refusal } from '../problems/refusal.js';

/** A kind of file that a request may have as its body. */
export interface FileKind {
  /** Begins a sentence. */
  readonly name: string;
  readonly maxBytes: number;
  readonly tooLarge: ProblemCode;
  /** How to send it. */
  readonly advice: string;
}

/** What is left of the body is not read: the connection ends with the answer. */
export const unread = { headers: { connection: 'close' } } as const;

export function tooLarge({ name, maxBytes, tooLarge: code }: FileKind): Refusal {
  return new Refusal(code, `${name} is larger than ${maxBytes / 1e9} GB.`, unread);
}
