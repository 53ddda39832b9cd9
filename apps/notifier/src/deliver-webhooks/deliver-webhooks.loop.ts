import { Loop } from '@computalot/service-host';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DeliverWebhooks } from './deliver-webhooks.service.js';

/** How late a retry may come. */
const EVERY_MS = 1_000;

/** Woken by a new delivery and by the end of each attempt; ticks for the retries. */
@Injectable()
export class DeliverWebhooksLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(private readonly deliveries: DeliverWebhooks) {
    this.loop = new Loop({
      name: 'deliver-webhooks',
      everyMs: EVERY_MS,
      runOnce: () => deliveries.startDue(() => this.loop.wake()),
      logger: new Logger(DeliverWebhooksLoop.name),
    });
  }

  wake(): void {
    this.loop.wake();
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    await this.deliveries.settle();
  }
}
