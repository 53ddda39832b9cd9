import { defineConfig } from 'prisma/config';

// Every command of the CLI wants its schema engine, which it would download; these never call it.
const needsNoEngine = ['generate', 'validate', 'format'].some((command) => process.argv.includes(command));
if (needsNoEngine) process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= '/bin/true';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
