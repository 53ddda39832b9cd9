export { NotifierModule } from './notifier.module.js';
export type { WebhookOptions } from './deliver-webhooks/webhook-options.js';
