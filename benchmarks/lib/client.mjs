import { setTimeout as pause } from 'node:timers/promises';

/** As much of the public API as the benchmarks need. */
export class Client {
  constructor(url, key) {
    this.url = url;
    this.headers = { authorization: `Bearer ${key}` };
  }

  async call(method, path, body, type = 'application/json') {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { ...this.headers, ...(body !== undefined && { 'content-type': type }) },
      body: body === undefined || type !== 'application/json' ? body : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async push(name, archive) {
    await this.call('POST', '/projects', { name });
    await this.call('POST', `/projects/${name}/push`, archive, 'application/gzip');
  }

  /** Submits `total` tasks of one command. */
  submit(command, total = 1) {
    const fan_out = total > 1 ? { chunks: total, range_field: 'n', total } : undefined;
    return this.call('POST', '/jobs', {
      project: 'bench',
      runner_command: command,
      payload: {},
      ...(fan_out && { fan_out }),
    });
  }

  /** Waits until the results document says that every task has completed. @throws when the job ends otherwise */
  async completed(id, total, every_ms) {
    for (;;) {
      const { completeness, status } = await this.call('GET', `/results/${id}?limit=1`);
      if (completeness.completed === total) return;
      if (completeness.failed + completeness.cancelled > 0 || status === 'failed')
        throw new Error(`${id}: ${JSON.stringify(completeness)}`);
      await pause(every_ms);
    }
  }

  /** Reads every page of the results; the number of completed tasks found. */
  async countResults(id) {
    let count = 0;
    for (let cursor = ''; cursor !== null;) {
      const page = await this.call(
        'GET',
        `/results/${id}?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      count += page.tasks.filter((task) => task.status === 'completed').length;
      cursor = page.next_cursor;
    }
    return count;
  }
}
