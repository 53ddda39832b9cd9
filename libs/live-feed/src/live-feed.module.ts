import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { LIVE_FEED, type LiveFeed } from './live-feed.js';

/** Gives the process's feed to every module and closes it last, at shutdown. */
@Global()
@Module({})
export class LiveFeedModule implements OnApplicationShutdown {
  constructor(@Inject(LIVE_FEED) private readonly feed: LiveFeed) {}

  static forRoot(feed: LiveFeed): DynamicModule {
    return {
      module: LiveFeedModule,
      providers: [{ provide: LIVE_FEED, useValue: feed }],
      exports: [LIVE_FEED],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.feed.close();
  }
}
