import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../examples/example-files.js';

/** What an attempt finds and leaves; kept for the next one where a test gives it again. */
export const newAttempt = (): string => mkdtempSync(join(tmpdir(), 'computalot-recipe-run-'));

/** One attempt of a recipe's program without a platform. @throws when it fails, with what it wrote to stderr */
export function runRecipe<T>(name: string, payload: unknown, attempt: string): T {
  const folder = join(repository, 'recipes', name);
  const { command } = JSON.parse(readFileSync(join(folder, 'recipe.json'), 'utf8')) as { command: string[] };
  const [program = '', ...args] = command;
  const [inputs, artifacts, checkpoint] = ['inputs', 'artifacts', 'checkpoint'].map((each) => join(attempt, each));
  for (const each of [inputs, artifacts, checkpoint]) mkdirSync(each ?? '', { recursive: true });
  const env = {
    ...process.env,
    PYTHONDONTWRITEBYTECODE: '1',
    COMPUTALOT_TASK_PAYLOAD: join(attempt, 'payload.json'),
    COMPUTALOT_TASK_RESULT: join(attempt, 'result.json'),
    COMPUTALOT_INPUTS_DIR: inputs,
    COMPUTALOT_ARTIFACTS_DIR: artifacts,
    COMPUTALOT_CHECKPOINT_DIR: checkpoint,
  };
  writeFileSync(env.COMPUTALOT_TASK_PAYLOAD, JSON.stringify(payload));
  execFileSync(program, args, { cwd: folder, env, stdio: 'pipe' });
  return JSON.parse(readFileSync(env.COMPUTALOT_TASK_RESULT, 'utf8')) as T;
}
