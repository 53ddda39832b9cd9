// The public API in a few lines of fetch: what the examples need, without an install.
// COMPUTALOT_URL (default http://127.0.0.1:8080) and COMPUTALOT_API_KEY say where and as whom.
import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

const base = process.env.COMPUTALOT_URL ?? 'http://127.0.0.1:8080';
const key = process.env.COMPUTALOT_API_KEY ?? '';
const terminal = ['completed', 'partial', 'failed', 'cancelled'];

/** One call below /api/v1; a problem becomes an Error that says what the server said. */
export async function call(method, path, body, type = 'application/json') {
  const response = await fetch(`${base}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': type }) },
    body: type === 'application/json' && body ? JSON.stringify(body) : body,
  });
  const text = await response.text();
  const answer = text ? JSON.parse(text) : null;
  if (response.ok) return answer;
  throw Object.assign(
    new Error(`${method} ${path}: ${response.status} ${answer?.detail ?? text} ${answer?.recommended_action ?? ''}`),
    {
      code: answer?.code,
      status: response.status,
    },
  );
}

/** Creates the project when it is missing and makes the folder its active revision. */
export async function push(project, folder) {
  await call('POST', '/projects', { name: project }).catch((error) => {
    if (error.status !== 409) throw error;
  });
  const tar = spawn('tar', ['-czf', '-', '-C', folder, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  return call('POST', `/projects/${project}/push`, await buffer(tar.stdout), 'application/gzip');
}

/** Submits and waits for the end; `onChange` sees the job object about every quarter of a second. */
export async function run(job, onChange = () => {}) {
  let current = await call('POST', '/jobs', job);
  while (!terminal.includes(current.status)) {
    await delay(250);
    current = await call('GET', `/jobs/${current.id}`);
    onChange(current);
  }
  return current;
}

/** All tasks of the results document, in order of index. */
export async function tasksOf(jobId) {
  const tasks = [];
  for (let cursor = ''; cursor !== null;) {
    const page = await call('GET', `/results/${jobId}?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    tasks.push(...page.tasks);
    cursor = page.next_cursor ?? null;
  }
  return tasks;
}
