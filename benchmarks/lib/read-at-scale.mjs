/** One reading and how long it took, its body read to the end. */
export async function timedJson(client, path) {
  const began = performance.now();
  const body = await client.call('GET', path);
  return { ms: performance.now() - began, body };
}

/** Milliseconds of each page of 500, as many as it takes to see `most` tasks or the end. */
export async function walkTasks(client, id, most, status, list = 'tasks') {
  const base = list === 'tasks' ? `/jobs/${id}/tasks?limit=500` : `/results/${id}?limit=500`;
  const filter = status ? `&status=${status}` : '';
  const times = [];
  let seen = 0;
  for (let cursor = ''; cursor !== null && seen < most;) {
    const { ms, body } = await timedJson(client, `${base}${filter}${cursor && `&cursor=${cursor}`}`);
    times.push(ms);
    seen += body.tasks.length;
    cursor = body.next_cursor;
  }
  return times;
}

const LINE_FEED = 10;

/** Reads JSON Lines to the end without keeping them. */
export async function countLines(client, path) {
  const began = performance.now();
  const headers = { ...client.headers, accept: 'application/x-ndjson' };
  const response = await fetch(`${client.url}/api/v1${path}`, { headers });
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  let first_ms;
  let lines = 0;
  for await (const chunk of response.body) {
    first_ms ??= performance.now() - began;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) lines += 1;
  }
  return { lines, ms: performance.now() - began, first_ms };
}
