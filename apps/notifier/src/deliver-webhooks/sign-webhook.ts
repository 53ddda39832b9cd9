import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body` with the decoded secret. `timestamp` in seconds since the epoch. */
export function signWebhook(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
