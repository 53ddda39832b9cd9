import { afterEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPython } from './find-python.js';
import type { LauncherSetup } from './launcher-protocol.js';
import { PATH, TestSlot, closeSlots, modes, type Ended } from '../testing/test-slot.js';

/** Host processes whose command line contains the mark; a tree that is gone has none. */
function alive(mark: string): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      return words.includes(mark) && readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.[0] !== 'Z';
    } catch {
      return false;
    }
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

let marks = 0;
/** A number that no other process sleeps for. */
const uniqueSleep = (): string => String(1_000_000 + process.pid * 100 + (marks += 1));

afterEach(closeSlots);

describe.each(modes)('an attempt in the %s sandbox', (mode) => {
  const open = (revision?: Record<string, string>, over?: Partial<LauncherSetup>) =>
    new TestSlot(mode).open(revision, over);

  test('is a program with the payload, its own environment and nothing of ours', async () => {
    const slot = await open();
    const { exit, text } = await slot.sh('cat "$COMPUTALOT_TASK_PAYLOAD"; echo; env', { env: { PATH, X: 'ü' } });
    const [payload, ...lines] = text.trim().split('\n');
    expect(exit).toMatchObject({ cause: 'exit', code: 0, result: { form: 'none' } });
    expect(payload).toBe('{"a":1}');
    const names = lines.map((line) => line.split('=')[0]).sort();
    expect(names).toEqual(
      [
        'COMPUTALOT_ARTIFACTS_DIR',
        'COMPUTALOT_CHECKPOINT_DIR',
        'COMPUTALOT_INPUTS_DIR',
        'COMPUTALOT_TASK_PAYLOAD',
        'COMPUTALOT_TASK_RESULT',
        'HOME',
        'PATH',
        'PWD',
        'TMPDIR',
        'X',
      ].sort(),
    );
    expect(lines).toContain('X=ü');
  });

  test.each([
    ['exit 7', { code: 7 }],
    ['kill -SEGV $$', { signal: 'SIGSEGV' }],
    ['kill -9 $$', { signal: 'SIGKILL' }],
  ])('%s is told as it is', async (script, expected) => {
    const { exit } = await (await open()).sh(script);
    expect(exit).toMatchObject({ cause: 'exit', ...expected });
  });

  test('a command that does not exist or cannot be run is refused with a reason', async () => {
    const slot = await open({ 'plain.txt': 'x', 'noshebang.sh': 'echo hi' });
    for (const argv of [['no-such-program'], ['./missing.sh'], ['./noshebang.sh'], ['/']]) {
      const { exit } = await slot.start(argv);
      expect(exit).toMatchObject({ cause: 'refused', error: { code: 'command_not_found' } });
    }
    expect((await slot.sh('echo on', { cwd: 'nowhere' })).exit.cause).toBe('refused');
    expect((await slot.sh('echo still works')).text).toBe('still works\n');
  });

  test('runs programs of the revision by relative name, and changes neither the revision nor the next attempt', async () => {
    const slot = await open({ 'run.sh': '#!/bin/sh\necho ran\n', data: 'original' });
    expect(Buffer.concat((await slot.start(['./run.sh'])).out).toString()).toBe('ran\n');
    const traces = [
      'data',
      '$HOME/h',
      '$TMPDIR/t',
      '$COMPUTALOT_ARTIFACTS_DIR/.x',
      '$COMPUTALOT_CHECKPOINT_DIR/c',
      'deep/er/new',
    ];
    const dirty = `mkdir -p deep/er; rm run.sh; for f in ${traces.join(' ')}; do echo changed > "$f" || exit 1; done; cat data`;
    const first = await slot.sh(dirty);
    expect(first).toMatchObject({ text: 'changed\n', exit: { code: 0, held: true } });
    slot.launcher.reset();
    const after = await slot.sh(
      'cat data; ls -A . $HOME $TMPDIR $COMPUTALOT_ARTIFACTS_DIR $COMPUTALOT_CHECKPOINT_DIR $COMPUTALOT_INPUTS_DIR',
    );
    expect(after.text).toContain('original');
    expect(after.text).toContain('run.sh');
    for (const trace of ['deep', 'changed', '\nh\n', '\nt\n', '\nc\n', '.x']) expect(after.text).not.toContain(trace);
    expect(readFileSync(join(slot.revisionDir, 'data'), 'utf8')).toBe('original');
    expect(existsSync(join(slot.revisionDir, 'run.sh'))).toBe(true);
  });

  test('folders that resist are cleaned: no permissions, great depth, strange names', async () => {
    const slot = await open();
    const script = `import os
for base in (os.environ["HOME"], os.getcwd()):
    os.chdir(base)
    for i in range(1500):
        os.mkdir("d"); os.chdir("d")
    os.chdir(base)
    os.mkdir(b"\\xff\\n"); os.symlink("/etc", "link"); os.mkfifo("pipe")
    os.mkdir("locked"); open("locked/file", "w"); os.chmod("locked", 0)
    os.chmod("d", 0)`;
    const first = await slot.start(['python3', '-c', script]);
    expect(first.err).toBe('');
    expect((await slot.sh('find . $HOME -mindepth 1')).text).toBe('');
  });

  test('the end of the main process is the end of everything it started', async () => {
    const slot = await open();
    const mark = uniqueSleep();
    const { exit } = await slot.sh(
      `setsid sleep ${mark} & (setsid sh -c "setsid sleep ${mark} &" &) ; sleep 0.05; exit 0`,
    );
    expect(exit.code).toBe(0);
    expect(alive(mark)).toEqual([]);
  });

  test('a timeout ends a tree that ignores SIGTERM and hides in sessions', async () => {
    const slot = await open();
    const mark = uniqueSleep();
    const script = `trap '' TERM; echo begun; (trap '' TERM; setsid sh -c 'trap "" TERM; setsid sleep ${mark}; setsid sleep ${mark}' &); while :; do sleep ${mark}; done`;
    const { exit } = await slot.sh(script, { timeout_s: 0.5 });
    expect(exit).toMatchObject({ cause: 'timeout', signal: 'SIGKILL' });
    expect(alive(mark)).toEqual([]);
  });

  test('a cancel that comes together with the run it is for is obeyed', async () => {
    const slot = await open();
    for (let times = 0; times < 20; times += 1) {
      const ended = slot.start(['/bin/sleep', '3']);
      slot.launcher.cancel(1);
      expect((await ended).exit).toMatchObject({ cause: 'cancel', signal: 'SIGTERM' });
    }
  });

  test('a cancel lets the program say goodbye, and then ends the rest', async () => {
    const slot = await open();
    const mark = uniqueSleep();
    const script = `trap 'echo bye; exit 3' TERM; setsid sleep ${mark} & echo up; while :; do sleep 0.02; done`;
    const { exit, out } = await slot.start(['sh', '-c', script], {}, (text) => {
      if (text.includes('up')) slot.launcher.cancel(5);
    });
    expect(exit).toMatchObject({ cause: 'cancel', code: 3 });
    expect(Buffer.concat(out).toString()).toBe('up\nbye\n');
    expect(alive(mark)).toEqual([]);
  });

  test('a fork bomb ends with its attempt, and the slot goes on', async () => {
    const slot = await open();
    const mark = uniqueSleep();
    const bomb = `import os, time
for _ in range(400):
    try:
        if os.fork() == 0: os.execvp("sleep", ["sleep", "${mark}"])
    except OSError:
        print("bounded"); break`;
    const { exit, out } = await slot.start(['python3', '-c', bomb]);
    expect(exit.code).toBe(0);
    expect(Buffer.concat(out).toString()).toContain('bounded');
    expect(alive(mark)).toEqual([]);
    expect((await slot.sh('echo on')).text).toBe('on\n');
  });

  test('100 MB of output arrive intact', async () => {
    const slot = await open();
    const hash = createHash('sha256');
    let bytes = 0;
    const script = `import sys, hashlib
block = bytes(range(256)) * 4096
for _ in range(100): sys.stdout.buffer.write(block)
sys.stdout.flush()
sys.stderr.write(hashlib.sha256(block * 100).hexdigest())`;
    const { err, out } = await slot.start(['python3', '-c', script]);
    for (const block of out) {
      hash.update(block);
      bytes += block.length;
    }
    expect(bytes).toBe(100 * 1024 * 1024);
    expect(hash.digest('hex')).toBe(err);
  });

  test('while nobody reads the output the program waits, and its deadline still holds', async () => {
    const slot = await open();
    const mark = uniqueSleep();
    const ended = slot.start(['yes', mark], { timeout_s: 0.3 }, () => slot.launcher.pause());
    await until(() => alive(mark).length > 0);
    await until(() => alive(mark).length === 0);
    // It must not have collected what `yes` could have written meanwhile.
    slot.launcher.resume();
    const { exit, out } = await withResume(ended, slot);
    expect(exit.cause).toBe('timeout');
    expect(out.reduce((sum, block) => sum + block.length, 0)).toBeLessThan(8 * 1024 * 1024);
  });

  test.each<[string, string, object, string]>([
    ['small', 'echo "{}" > $COMPUTALOT_TASK_RESULT', { form: 'inline', bytes: 3 }, '{}\n'],
    ['large', 'head -c 101 /dev/zero > $COMPUTALOT_TASK_RESULT', { form: 'file', bytes: 101 }, ''],
    ['a link', 'ln -s /etc/passwd $COMPUTALOT_TASK_RESULT', { form: 'bad' }, ''],
    ['a pipe', 'mkfifo $COMPUTALOT_TASK_RESULT', { form: 'bad' }, ''],
    ['a folder', 'mkdir $COMPUTALOT_TASK_RESULT', { form: 'bad' }, ''],
    ['none', 'true', { form: 'none' }, ''],
  ])('a result that is %s', async (_name, script, form, text) => {
    const slot = await open();
    const { exit, result } = await slot.sh(script);
    expect(exit.result).toMatchObject(form);
    expect(result).toBe(text);
    if (exit.held) slot.launcher.reset();
    expect((await slot.sh('ls -A $(dirname $COMPUTALOT_TASK_RESULT)')).text).toBe('');
  });

  test('artifacts are regular files, by relative name, up to a number', async () => {
    const slot = await open();
    const make =
      'cd $COMPUTALOT_ARTIFACTS_DIR; mkdir -p a/b; echo 1 > a/b/c; echo 22 > d; ln -s /etc/passwd e; mkfifo f; chmod 000 d';
    const { exit } = await slot.sh(make);
    expect(exit).toMatchObject({ held: true, artifacts_skipped: 2 });
    expect([...(exit.artifacts ?? [])].sort()).toEqual([
      ['a/b/c', 2],
      ['d', 3],
    ]);
    expect(readFileSync(join(slot.slotDir, 'artifacts', 'a/b/c'), 'utf8')).toBe('1\n');
    slot.launcher.reset();
    const many = await slot.sh('cd $COMPUTALOT_ARTIFACTS_DIR; for i in $(seq 15); do echo > $i; done');
    expect(many.exit.artifacts).toHaveLength(10);
    expect(many.exit.artifacts_skipped).toBe(5);
  });

  test('a program that makes its pipes non-blocking does not break the next one', async () => {
    const slot = await open();
    await slot.start(['python3', '-c', 'import os; os.set_blocking(1, False)']);
    const { text, exit } = await slot.sh('head -c 1000000 /dev/zero');
    expect(exit.code).toBe(0);
    expect(text).toHaveLength(1_000_000);
  });

  test('the worker going away leaves no process', async () => {
    const slot = await open();
    const mark = uniqueSleep();
    const running = slot
      .sh(`trap '' TERM; setsid sleep ${mark} & sleep ${mark}`)
      .catch((error: Error) => error.message);
    await until(() => alive(mark).length === 2);
    // What the kernel does to the pipes of a worker that is killed.
    await slot.launcher.close();
    expect(await running).toContain('the launcher ended');
    expect(alive(mark)).toEqual([]);
  });

  test('the outer process being killed leaves no process', async () => {
    const slot = await open();
    const mark = uniqueSleep();
    const running = slot
      .sh(`trap '' TERM; setsid sleep ${mark} & sleep ${mark}`)
      .catch((error: Error) => error.message);
    await until(() => alive(mark).length === 2);
    process.kill(slot.launcher.pid ?? 0, 'SIGKILL');
    await running;
    await until(() => alive(mark).length === 0);
  });

  test('a worker killed with SIGKILL leaves no process, even when somebody else holds its pipes open', async () => {
    const mark = uniqueSleep();
    const base = mkdtempSync(join(tmpdir(), 'clt-'));
    chmodSync(base, 0o711);
    const setup = {
      cmd: 'setup',
      sandbox: mode,
      slot_dir: join(base, 'slot'),
      revision_dir: null,
      uid: 20_000,
      gid: 20_000,
      inline_result_bytes: 10,
    };
    const run = {
      cmd: 'run',
      id: 1,
      argv: ['sh', '-c', `trap '' TERM; setsid sleep ${mark} & sleep ${mark}`],
      env: { PATH },
      timeout_s: 60,
      grace_s: 1,
    };
    const launcher = fileURLToPath(new URL('../../launcher/launcher.py', import.meta.url));
    const parent = spawn(
      findPython(),
      ['-c', 'import subprocess, sys; subprocess.run([sys.executable, "-I", "-S", sys.argv[1]])', launcher],
      {
        stdio: ['pipe', 'ignore', 'inherit'],
      },
    );
    parent.stdin.write(`${JSON.stringify(setup)}\n${JSON.stringify(run)}\n`);
    await until(() => alive(mark).length === 2);
    // Its own end of the pipe stays open in this process.
    parent.kill('SIGKILL');
    await until(() => alive(mark).length === 0);
    parent.stdin.destroy();
    rmSync(base, { recursive: true, force: true });
  });
});

/** Reading pauses at every block in that test; go on until the end. */
async function withResume(ended: Promise<Ended>, slot: TestSlot): Promise<Ended> {
  const timer = setInterval(() => slot.launcher.resume(), 1);
  try {
    return await ended;
  } finally {
    clearInterval(timer);
  }
}

(modes.includes('namespaces') ? describe : describe.skip)('only with namespaces', () => {
  test('a task sees no other process, no data of the worker, a read-only system, and has no capability', async () => {
    const slot = await new TestSlot('namespaces').open(undefined, { hide: ['/etc'] });
    const look = `ls /proc | grep -c '^[0-9]'; cat /proc/1/environ; ls /etc; ls ${slot.base}; touch /usr/x; grep CapEff /proc/self/status; echo x > $COMPUTALOT_TASK_PAYLOAD`;
    const { text, err } = await slot.sh(look);
    const [count, capabilities] = text.trim().split('\n');
    // PID 1, the shell, ls and grep
    expect(Number(count)).toBeLessThanOrEqual(4);
    expect(capabilities).toMatch(/0000000000000000$/);
    expect(err).toMatch(/environ: Permission denied/);
    expect(err).toMatch(/'\/etc': Permission denied/);
    expect(err).toMatch(/No such file or directory/);
    expect(err.match(/[Rr]ead-only file system/g)).toHaveLength(2);
  });

  test('kill -9 -1 ends only the task', async () => {
    const slot = await new TestSlot('namespaces').open();
    const script = `import os, signal
if os.fork() == 0: signal.pause()
os.kill(1, signal.SIGKILL)
os.kill(-1, signal.SIGKILL)`;
    const { exit } = await slot.start(['python3', '-c', script]);
    expect(exit.code).toBe(0);
    expect((await slot.sh('echo on')).text).toBe('on\n');
  });

  test('/dev/shm and /tmp are private and emptied', async () => {
    const slot = await new TestSlot('namespaces').open();
    const name = `clt-${uniqueSleep()}`;
    await slot.sh(`echo x > /dev/shm/${name}; echo x > /tmp/${name}; echo x > /var/tmp/${name}`);
    for (const folder of ['/dev/shm', '/tmp', '/var/tmp']) expect(existsSync(join(folder, name))).toBe(false);
    expect((await slot.sh('ls -A /dev/shm /tmp /var/tmp | grep clt')).text).toBe('');
  });
});
