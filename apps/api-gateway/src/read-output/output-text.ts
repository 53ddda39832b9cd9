import { Readable } from 'node:stream';
import type { StreamOutput } from './read-output.service.js';

/** One stream after the other; with `titles` each under a line that says whose it is. */
export async function* outputText(outputs: Iterable<StreamOutput>, titles: boolean): AsyncGenerator<Buffer> {
  for (const output of outputs) {
    if (titles) yield Buffer.from(`==> task ${output.index}, attempt ${output.attempt}, ${output.stream} <==\n`);
    let last = 0x0a;
    for await (const chunk of chunksOf(await output.source.open())) {
      last = chunk.at(-1) ?? last;
      yield chunk;
    }
    if (titles && last !== 0x0a) yield Buffer.from('\n');
  }
}

async function* chunksOf(body: Readable | Buffer | null): AsyncGenerator<Buffer> {
  if (body === null) yield Buffer.from('[this output is no longer stored]\n');
  else if (body instanceof Readable) for await (const chunk of body) yield chunk as Buffer;
  else yield body;
}
