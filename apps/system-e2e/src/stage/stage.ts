import { randomUUID } from 'node:crypto';
import type { Platform } from '@computalot/testing';
import { Api } from './api.js';
import { archiveFiles } from './archives.js';
import { runnerFiles } from './runners.js';

/** What every scenario plays on: a running platform, its operator, and an ordinary user with the project `runners`. */
export interface Stage {
  readonly platform: Platform;
  readonly operator: Api;
  readonly user: Api;
}

/** Name of the project that holds the misbehaving programs. */
export const RUNNERS = 'runners';

export async function setStage(platform: Platform): Promise<Stage> {
  const operator = new Api(platform.url, platform.adminKey);
  const user = await operator.newAccount(`user-${randomUUID().slice(0, 8)}`);
  await user.push(RUNNERS, await archiveFiles(runnerFiles));
  return { platform, operator, user };
}
