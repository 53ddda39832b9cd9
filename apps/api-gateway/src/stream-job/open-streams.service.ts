import { DATABASE, type Database } from '@computalot/database';
import { LIVE_FEED, type LiveFeed } from '@computalot/live-feed';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { LiveTails } from '../follow-tasks/live-tails.service.js';
import { GATEWAY_OPTIONS, type GatewayOptions } from '../gateway-options.js';
import type { EventSink } from './event-sink.js';
import type { StreamSources } from './job-stream.js';
import { RecheckJobsLoop, type StreamView } from './recheck-jobs.loop.js';
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

  /** Turns the answer into an event stream that shows what `make` returns, until it is closed from either side. */
  open(reply: FastifyReply, make: (sources: StreamSources, client: EventSink) => StreamView): void {
    const client = new SseClient(reply, this.options.keepAliveMs, () => {
      this.clients.delete(client);
      view.stop();
      this.recheck.unwatch(view);
    });
    this.clients.add(client);
    const view = make(this.sources, client);
    this.recheck.watch(view);
  }

  /** Readers reconnect elsewhere with their last id. */
  onModuleDestroy(): void {
    for (const client of this.clients) client.close();
  }
}
