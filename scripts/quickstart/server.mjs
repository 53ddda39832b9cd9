// Standalone as a child process: on a free port, with a data folder of its own.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { nodeFlags } from '../bootstrap.mjs';

const READY = /^Computalot is ready at (http:\S+)/;
const USUAL_PORT = 8080;

/** @returns {Promise<{url: string, logFile: string, stop(): Promise<void>}>} when it serves */
export async function startServer({ root, key, say }) {
  const dataDir = process.env.COMPUTALOT_DATA_DIR ?? (await ownDataDir(root, say));
  const port = process.env.PORT ?? String((await isFree(USUAL_PORT)) ? USUAL_PORT : 0);
  const env = { ...process.env, COMPUTALOT_DATA_DIR: dataDir, COMPUTALOT_ADMIN_KEY: key, PORT: port };
  const main = join(root, 'apps', 'standalone', 'dist', 'main.js');
  // A process group of its own: Ctrl-C reaches it once, from here.
  const child = spawn(process.execPath, [...nodeFlags(), main], {
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    detached: true,
  });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  let stopping = false;
  const stop = async () => {
    stopping = true;
    child.kill('SIGTERM');
    return ended;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => void stop().then((end) => process.exit(end === 0 ? 0 : 1)));
  }
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // Listening must not keep this process when all is done.
  process.channel?.unref();
  const url = await readyUrl(child, ended, say);
  void ended.then((end) => {
    if (stopping) return;
    console.error(`The server ended unexpectedly (${end}); its log: ${join(dataDir, 'standalone.log')}`);
    process.exit(1);
  });
  return { url, logFile: join(dataDir, 'standalone.log'), stop };
}

function readyUrl(child, ended, say) {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      say(line);
      const url = READY.exec(line)?.[1];
      if (url) resolve(url);
    });
    child.once('error', reject);
    void ended.then((end) => reject(new Error(`it ended with ${end} before it was ready; the reason is above`)));
  });
}

async function ownDataDir(root, say) {
  const { chooseDataDir } = await import(
    pathToFileURL(join(root, 'apps', 'standalone', 'dist', 'choose-data-dir.js')).href
  );
  const { path, notice } = await chooseDataDir(undefined);
  if (notice) say(notice);
  return join(path, 'quickstart');
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
