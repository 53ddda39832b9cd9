import { DEFAULT_AUDIT_TTL_S, DEFAULT_RATE_LIMITS } from '@computalot/contracts';
import { Type } from '@sinclair/typebox';

/** Variables of the HTTP edge, whichever process it is in. */
export const edgeVariables = {
  COMPUTALOT_RATE_LIMIT: Type.Integer({
    minimum: 1,
    maximum: 1_000_000_000,
    default: DEFAULT_RATE_LIMITS.requests,
    description: 'requests of one account in each window',
  }),
  COMPUTALOT_RATE_LIMIT_WINDOW_S: Type.Integer({
    minimum: 1,
    maximum: 86_400,
    default: DEFAULT_RATE_LIMITS.window_s,
    description: 'seconds of that window',
  }),
  COMPUTALOT_FAILED_AUTH_LIMIT: Type.Integer({
    minimum: 1,
    maximum: 1_000_000_000,
    default: DEFAULT_RATE_LIMITS.failed_authentications,
    description: 'API keys that do not work which one address may present in a minute',
  }),
  COMPUTALOT_TRUSTED_PROXIES: Type.Optional(
    Type.String({
      description: 'addresses and networks of proxies, separated by commas, whose X-Forwarded-For is believed',
    }),
  ),
  COMPUTALOT_AUDIT_TTL_S: Type.Integer({
    minimum: 0,
    default: DEFAULT_AUDIT_TTL_S,
    description: 'seconds for which an entry of the audit log is kept, 0 for ever',
  }),
  COMPUTALOT_EXTERNAL_ALLOW_PRIVATE: Type.Boolean({
    default: false,
    description: 'true lets artifacts lie at private, loopback and link-local addresses',
  }),
  METRICS_TOKEN: Type.Optional(Type.String({ description: 'lets others than loopback read /metrics' })),
  COMPUTALOT_RECIPES_DIR: Type.Optional(
    Type.String({ description: 'folder of recipes; default: those that come with Computalot' }),
  ),
};
