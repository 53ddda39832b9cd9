import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Api } from '../stage/api.js';
import { SeededRandom } from './seeded-random.js';

export const STREAMS = ['stdout', 'stderr'] as const;
/** A secret of the account: it is written, and must be shown masked. */
export const SECRET = 'hunter2-correct-horse';

/** What a task writes to a stream, and what of it anybody sees. */
interface Script {
  readonly written: Buffer;
  readonly shown: Buffer;
}

/** Writes both files of its task in pieces of random sizes, at most one in 20 ms: pieces cut characters, lines, progress lines and secrets anywhere. */
const program = `
import os, random, sys, time
index, attempt = os.environ["COMPUTALOT_TASK_INDEX"], os.environ["COMPUTALOT_ATTEMPT"]
luck = random.Random(f"{sys.argv[1]} {index} {attempt}")
left = [(out, open(f"{index}.{name}", "rb").read()) for out, name in ((1, "stdout"), (2, "stderr"))]
while left:
    at = luck.randrange(len(left))
    out, data = left[at]
    size = luck.choice([1, 3, 100, 1000, 4000])
    os.write(out, data[:size])
    left[at] = (out, data[size:])
    left = [each for each in left if each[1]]
    time.sleep(0.02 * luck.random())
`;

/** Pushes a project whose task n writes exactly what is known beforehand; what is shown of each, by \`index stream\`. */
export async function pushChatty(
  user: Api,
  project: string,
  seed: number,
  tasks: number,
): Promise<Map<string, Buffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'computalot-chatty-'));
  const expected = new Map<string, Buffer>();
  try {
    await writeFile(join(folder, 'chatty.py'), program);
    for (let index = 0; index < tasks; index += 1) {
      for (const stream of STREAMS) {
        const { written, shown } = script(new SeededRandom(seed + 2 * index + STREAMS.indexOf(stream)), stream);
        await writeFile(join(folder, `${index}.${stream}`), written);
        expected.set(`${index} ${stream}`, shown);
      }
    }
    await user.push(project, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return expected;
}

function script(random: SeededRandom, stream: (typeof STREAMS)[number]): Script {
  const [written, shown]: [Buffer[], Buffer[]] = [[], []];
  for (let size = 0; size < 600_000; size = written.reduce((sum, { length }) => sum + length, 0)) {
    const [wrote, shows] = line(random, stream);
    written.push(wrote);
    shown.push(shows);
  }
  return { written: Buffer.concat(written), shown: Buffer.concat(shown) };
}

function line(random: SeededRandom, stream: (typeof STREAMS)[number]): readonly [Buffer, Buffer] {
  const one = (text: string | Buffer) => [Buffer.from(text), Buffer.from(text)] as const;
  switch (random.integer(0, 6)) {
    case 0:
      return one(`\u001b[${random.integer(30, 38)}mred\u001b[0m \r${'█'.repeat(random.integer(0, 60))}\n`);
    case 1:
      return one(`${'grüße 😀 '.repeat(random.integer(1, 300))}\n`);
    case 2:
      // Not UTF-8; without newlines, so that the next line may be a progress line.
      return one(
        Buffer.from(Array.from({ length: random.integer(1, 3_000) }, () => random.integer(128, 256)).concat(10)),
      );
    case 3:
      return stream === 'stdout'
        ? [Buffer.from(`COMPUTALOT_PROGRESS:{"at": ${random.integer(0, 100)}}\n`), Buffer.alloc(0)]
        : one('x');
    case 4:
      return [Buffer.from(`key=${SECRET}\n`), Buffer.from('key=***\n')];
    default:
      return one(`COMPUTALOT_PROG${'.'.repeat(random.integer(0, 8_000))}\n`);
  }
}
