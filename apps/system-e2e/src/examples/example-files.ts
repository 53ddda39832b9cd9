import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { JobSubmission } from '@computalot/contracts';

export const repository = resolve(import.meta.dirname, '../../../..');

export type ExampleName = 'knn-iris' | 'option-pricing' | 'evolution';

export type ExampleJob = JobSubmission & Required<Pick<JobSubmission, 'fan_out'>>;

export const exampleFolder = (name: ExampleName): string => join(repository, 'examples', name);

export function exampleJob(name: ExampleName): ExampleJob {
  return JSON.parse(readFileSync(join(exampleFolder(name), 'job.json'), 'utf8')) as ExampleJob;
}

export function exampleCommand(name: ExampleName): string[] {
  const manifest = JSON.parse(readFileSync(join(exampleFolder(name), 'computalot.project.json'), 'utf8')) as {
    entrypoint: { command: string[] };
  };
  return manifest.entrypoint.command;
}
