export * from './database.js';
export * from './load-sql.js';
