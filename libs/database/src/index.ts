export * from './database.js';
export * from './load-sql.js';
export * from './migrations.js';
export * from './deploy-migrations.js';
export * from './planning/index.js';
export * from './scheduling/index.js';
export * from './embedded-postgres/index.js';
export * from './outbox.js';
