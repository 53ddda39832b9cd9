import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchAnswers, type AnswerWatch, type Platform } from '@computalot/testing';
import { Api } from './api.js';
import { runnerFiles } from './runners.js';

/** What every scenario plays on: a running platform, its operator, and an ordinary user with the project `runners`. */
export interface Stage {
  readonly platform: Platform;
  readonly operator: Api;
  readonly user: Api;
  /** Looks into every public answer that anybody on the stage gets. */
  readonly answers: AnswerWatch;
}

/** Name of the project that holds the misbehaving programs. */
export const RUNNERS = 'runners';

export async function setStage(platform: Platform): Promise<Stage> {
  const answers = watchAnswers(platform.url, platform.placement);
  const operator = new Api(platform.url, platform.adminKey);
  const user = await operator.newAccount(`user-${randomUUID().slice(0, 8)}`);
  await pushRunners(user);
  return { platform, operator, user, answers };
}

/** Gives an account the project that holds the misbehaving programs. */
export async function pushRunners(user: Api): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'computalot-runners-'));
  try {
    for (const [name, text] of Object.entries(runnerFiles)) await writeFile(join(folder, name), text);
    await user.push(RUNNERS, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
