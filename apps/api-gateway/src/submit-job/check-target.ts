import type { SubmissionTarget } from '@computalot/database';
import { commandOfEveryTask } from '@computalot/jobs';
import { Refusal } from '../problems/refusal.js';
import type { Submission } from './read-submission.js';

/** The project of a submission, when it can run it. @throws Refusal */
export function checkTarget({ body, plan }: Submission, project: SubmissionTarget | undefined): SubmissionTarget {
  if (!project) throw noSuchProject(body.project ?? '');
  if (project.active_revision === null) {
    throw new Refusal('project_has_no_revision', `Nothing has been pushed to project ${project.name}.`, {
      errors: [{ pointer: '/project', detail: 'has no revision' }],
    });
  }
  if (!body.runner_command && !hasCommand(project.manifest) && !commandOfEveryTask(plan.spec)) {
    throw new Refusal('no_command', `The manifest of project ${project.name} has no entrypoint.command.`, {
      errors: [{ pointer: '/runner_command', detail: 'is needed for this project' }],
    });
  }
  return project;
}

export function noSuchProject(name: string): Refusal {
  return new Refusal('project_not_found', `There is no project ${name} in this account.`, {
    errors: [{ pointer: '/project', detail: 'does not exist' }],
  });
}

function hasCommand(manifest: Record<string, unknown> | null): boolean {
  const entrypoint = manifest?.entrypoint as { command?: unknown } | undefined;
  return Array.isArray(entrypoint?.command) && entrypoint.command.length > 0;
}
