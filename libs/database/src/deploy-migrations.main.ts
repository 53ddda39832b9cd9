import { deployMigrations } from './deploy-migrations.js';

// node libs/database/dist/deploy-migrations.main.js, with DATABASE_URL
const url = process.env.DATABASE_URL;
if (!url) {
  console.error('DATABASE_URL is not set');
  process.exitCode = 2;
} else {
  try {
    const applied = await deployMigrations(url);
    console.log(applied.length ? `applied ${applied.join(', ')}` : 'up to date');
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
