import { Module, type DynamicModule } from '@nestjs/common';
import { DeliverWebhooksLoop } from './deliver-webhooks/deliver-webhooks.loop.js';
import { DeliverWebhooks } from './deliver-webhooks/deliver-webhooks.service.js';
import { WEBHOOK_OPTIONS, type WebhookOptions } from './deliver-webhooks/webhook-options.js';
import { JobFinishedConsumer } from './record-deliveries/job-finished.consumer.js';
import { RecordDeliveriesLoop } from './record-deliveries/record-deliveries.loop.js';
import { RecordDeliveries } from './record-deliveries/record-deliveries.service.js';

/** Webhooks. Needs the global adapters: database, messaging. */
@Module({})
export class NotifierModule {
  static forRoot(options: WebhookOptions): DynamicModule {
    return {
      module: NotifierModule,
      controllers: [JobFinishedConsumer],
      providers: [
        { provide: WEBHOOK_OPTIONS, useValue: options },
        DeliverWebhooks,
        DeliverWebhooksLoop,
        RecordDeliveries,
        RecordDeliveriesLoop,
      ],
    };
  }
}
