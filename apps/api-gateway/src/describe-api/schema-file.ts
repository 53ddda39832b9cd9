/** `docs/generated/project.schema.json`, the schema of manifests; `src` and `dist` lie at the same depth. */
export const MANIFEST_SCHEMA_FILE = new URL('../../../../docs/generated/project.schema.json', import.meta.url);
