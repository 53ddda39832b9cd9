import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const repository = resolve(import.meta.dirname, '../../../..');

export type ExampleName = 'knn-iris' | 'option-pricing' | 'evolution';

export interface ExampleJob {
  readonly project: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly fan_out: Readonly<Record<string, unknown>>;
  readonly batch_size?: number;
}

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
