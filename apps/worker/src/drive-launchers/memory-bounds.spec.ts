import { afterEach, describe, expect, test } from '@jest/globals';
import { TestSlot, closeSlots, modes } from '../testing/test-slot.js';
import { ControlGroups } from './control-groups.js';

const groups = ControlGroups.find(256);
const bounds = (['sampling', ...(groups ? ['control group'] : [])] as const).flatMap((bound) =>
  modes.map((mode): [string, (typeof modes)[number]] => [bound, mode]),
);
const openGroups: string[] = [];

describe.each(bounds)('memory bounded by %s in the %s sandbox', (bound, mode) => {
  const LIMIT = 300_000_000;
  const openBounded = (): Promise<TestSlot> => {
    if (bound === 'sampling' || !groups) return new TestSlot(mode).open();
    const name = `${process.pid}-test${openGroups.length}`;
    openGroups.push(name);
    return new TestSlot(mode).open(undefined, { group: groups.create(name) });
  };
  const eat = (megabytes: number) => `b = bytearray(b'x') * ${megabytes}_000_000; import time; time.sleep(0.6)`;
  const python = (program: string) => ['python3', '-I', '-S', '-c', program];

  afterEach(async () => {
    await closeSlots();
    for (const name of openGroups.splice(0)) await groups?.remove(name);
  });

  test('what uses more is ended, in a child too, and says by how much; a neighbour and the next attempt live', async () => {
    const [slot, neighbour] = [await openBounded(), await openBounded()];
    expect(slot.ready?.notes).toEqual([]);
    const beside = neighbour.start(python(eat(100)), { memory_bytes: LIMIT });
    const alone = await slot.start(python(eat(2_000)), { memory_bytes: LIMIT });
    expect(alone.exit).toMatchObject({ cause: 'exit', signal: 'SIGKILL', memory: { limit: LIMIT } });
    expect(alone.exit.memory?.peak).toBeGreaterThan(LIMIT * 0.9);
    const script = `python3 -I -S -c "${eat(2_000)}"; echo went on; sleep 60`;
    const inChild = await slot.sh(script, { memory_bytes: LIMIT });
    expect(inChild.exit).toMatchObject({ cause: 'exit', signal: 'SIGKILL', memory: { limit: LIMIT } });
    expect((await beside).exit).toMatchObject({ code: 0 });
    const next = await slot.sh('echo alive', { memory_bytes: 2 * LIMIT });
    expect([next.exit.code, next.exit.memory, next.text]).toEqual([0, undefined, 'alive\n']);
  });

  test('what stays below it, or has a larger one later, runs', async () => {
    const slot = await openBounded();
    const exits = [];
    for (const memory_bytes of [LIMIT, 900_000_000, LIMIT, null])
      exits.push((await slot.start(python(eat(memory_bytes === LIMIT ? 150 : 500)), { memory_bytes })).exit.code);
    expect(exits).toEqual([0, 0, 0, 0]);
  });

  test('pages that processes share count once', async () => {
    const slot = await openBounded();
    const program = `import os\nb = bytearray(b'x') * 200_000_000\nfor _ in range(3):\n  if os.fork() == 0: break\nimport time; time.sleep(0.6)`;
    expect((await slot.start(python(program), { memory_bytes: LIMIT })).exit).toMatchObject({ code: 0 });
  });
});
