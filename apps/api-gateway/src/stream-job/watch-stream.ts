import { isTerminal } from '@computalot/database';
import type { JobRow } from '@computalot/database';
import { parseEventId } from './event-id.js';
import type { EventSink } from './event-sink.js';
import { JobStream, type StreamSources } from './job-stream.js';
import { formatWatchId, type WatchPlace } from './watch-place.js';

/** Where a reader that comes back goes on. Behind an end only while that end holds: a retry opens the job again, and begins with a snapshot. */
export function placesIn(jobs: readonly JobRow[], last: readonly WatchPlace[] | null): WatchPlace[] {
  return jobs.map(({ status }, n) => {
    const place = last?.[n] ?? null;
    return place === 'ended' && !isTerminal(status) ? null : place;
  });
}

/** One reader's view of several jobs: the streams of all, with ids that say where the reader is in each. Closes when the last job has ended. */
export class WatchStream {
  readonly streams: readonly JobStream[];
  private readonly jobIds: readonly string[];

  constructor(
    from: StreamSources,
    accountId: string,
    jobs: readonly JobRow[],
    private readonly client: EventSink,
    private readonly places: WatchPlace[],
  ) {
    this.jobIds = jobs.map(({ id }) => id);
    this.streams = jobs.map((job, n) => new JobStream(from, accountId, job, this.sinkOf(n)));
  }

  start(): void {
    // Taken before any stream begins: each moves its own place.
    [...this.places].forEach((place, n) => {
      if (place !== 'ended') this.streams[n]?.start(place);
    });
  }

  stop(): void {
    for (const stream of this.streams) stream.stop();
  }

  private sinkOf(n: number): EventSink {
    const { client, places } = this;
    return {
      get isClosed() {
        return client.isClosed || places[n] === 'ended';
      },
      get isFull() {
        return client.isFull;
      },
      send: (event, id, data) => {
        places[n] = event === 'end' ? 'ended' : parseEventId(id);
        client.send(event, formatWatchId(this.jobIds, places), data);
      },
      drained: () => client.drained(),
      close: () => {
        if (places[n] !== 'ended' || places.every((place) => place === 'ended')) client.close();
      },
    };
  }
}
