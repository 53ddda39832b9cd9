// A job's event stream on the screen: output as it is written, a bar of finished tasks.
import { TextDecoderStream } from 'node:stream/web';
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves to the job object when it has ended. A stream that breaks is resumed where it was. */
export async function followJob({ url, key, id, call, screen }) {
  const view = new JobView(screen);
  let last = null;
  for (;;) {
    try {
      for await (const event of eventsOf(`${url}/api/v1/jobs/${id}/stream`, key, last)) {
        last = event.id ?? last;
        view.show(event);
        if (event.name === 'end') break;
      }
    } catch (error) {
      if (error.fatal) throw error;
    }
    const job = await call('GET', `/jobs/${id}`);
    view.counts(job);
    if (job.finished_at) return (view.finish(), job);
    await delay(250);
  }
}

class JobView {
  #partial = new Map();

  constructor(screen) {
    this.screen = screen;
  }

  show({ name, data }) {
    if (name === 'output') this.#output(data);
    else if (data?.job) this.counts(data.job);
  }

  counts({ task_counts: { total, completed, failed, cancelled, running } }) {
    const done = completed + failed + cancelled;
    this.screen.progress({ done, total, note: `done, ${running} running${failed ? `, ${failed} failed` : ''}` });
  }

  /** Whole lines only, each with the task that wrote it. */
  #output({ index, stream, text, encoding }) {
    const source = `${index} ${stream}`;
    const decoded = encoding === 'base64' ? Buffer.from(text, 'base64').toString() : text;
    const lines = ((this.#partial.get(source) ?? '') + decoded).split('\n');
    this.#partial.set(source, lines.pop());
    for (const line of lines) this.screen.line(`task ${String(index).padStart(2)} | ${line}`);
  }

  finish() {
    for (const [source, rest] of this.#partial)
      if (rest) this.screen.line(`task ${source.split(' ')[0].padStart(2)} | ${rest}`);
  }
}

/** The server-sent events of a response, as `{id, name, data}`. */
async function* eventsOf(url, key, lastEventId) {
  const headers = {
    authorization: `Bearer ${key}`,
    accept: 'text/event-stream',
    ...(lastEventId && { 'last-event-id': lastEventId }),
  };
  const response = await fetch(url, { headers });
  if (!response.ok)
    throw Object.assign(new Error(`GET ${url}: ${response.status} ${await response.text()}`), {
      fatal: response.status < 500,
    });
  let pending = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (pending + text).split(/\r?\n\r?\n/);
    pending = blocks.pop();
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event) yield event;
    }
  }
}

function parseEvent(block) {
  const event = { id: null, name: 'message', data: null };
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^([a-z]+):? ?(.*)$/.exec(line) ?? [];
    if (field === 'id') event.id = value;
    else if (field === 'event') event.name = value;
    else if (field === 'data') data.push(value);
  }
  if (data.length === 0) return null;
  return { ...event, data: JSON.parse(data.join('\n')) };
}
