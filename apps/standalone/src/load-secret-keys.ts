import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SecretKeys } from '@computalot/database';

/** Below the data folder; tasks do not see it. Whoever loses what is in it loses the secrets: a backup of the data folder has both. */
export const KEYS_FOLDER = 'keys';

/** The keys given by the environment, or the one in the data folder, made at first start. */
export function loadSecretKeys(given: string | undefined, dataDir: string): SecretKeys {
  return new SecretKeys(given ?? ownKey(join(dataDir, KEYS_FOLDER)));
}

function ownKey(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'secrets.key');
  try {
    writeFileSync(path, `${SecretKeys.generate()}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8');
}
