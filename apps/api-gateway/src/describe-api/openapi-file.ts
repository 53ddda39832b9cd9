/** `docs/generated/openapi.json`; `src` and `dist` lie at the same depth. */
export const OPENAPI_FILE = new URL('../../../../docs/generated/openapi.json', import.meta.url);
