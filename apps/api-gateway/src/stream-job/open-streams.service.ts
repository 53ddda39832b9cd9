import { DATABASE, type Database } from '@computalot/database';
import { LIVE_FEED, type LiveFeed } from '@computalot/live-feed';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { LiveTails } from '../follow-tasks/live-tails.service.js';
import { GATEWAY_OPTIONS, type GatewayOptions } from '../gateway-options.js';
import type { EventSink } from './event-sink.js';
import type { JobStream, StreamSources } from './job-stream.js';
import { RecheckJobsLoop } from './recheck-jobs.loop.js';
import { SseClient } from './sse-client.js';

/** The event streams that this gateway has open. */
@Injectable()
export class OpenStreams implements OnModuleDestroy {
  private readonly clients = new Set<SseClient>();
  private readonly sources: StreamSources;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(LIVE_FEED) feed: LiveFeed,
    @Inject(GATEWAY_OPTIONS) private readonly options: GatewayOptions,
    live: LiveTails,
    private readonly recheck: RecheckJobsLoop,
  ) {
    this.sources = { database, feed, live };
  }

  /** Turns the answer into an event stream that shows `streams`, until it is closed from either side. */
  open(reply: FastifyReply, make: (sources: StreamSources, client: EventSink) => readonly JobStream[]): void {
    let streams: readonly JobStream[] = [];
    const client = new SseClient(reply, this.options.keepAliveMs, () => {
      this.clients.delete(client);
      for (const stream of streams) {
        stream.stop();
        this.recheck.unwatch(stream);
      }
    });
    this.clients.add(client);
    streams = make(this.sources, client);
    if (!client.isClosed) for (const stream of streams) this.recheck.watch(stream);
  }

  /** Readers reconnect elsewhere with their last id. */
  onModuleDestroy(): void {
    for (const client of this.clients) client.close();
  }
}
