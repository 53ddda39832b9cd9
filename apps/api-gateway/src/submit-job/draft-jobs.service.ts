import {
  DATABASE,
  listKnownJobs,
  PRISMA,
  readSubmissionTargets,
  type AcceptedJob,
  type Database,
  type PrismaClient,
} from '@computalot/database';
import { Inject, Injectable } from '@nestjs/common';
import { checkRecipe } from '../keep-recipes/check-recipe.js';
import type { Recipe } from '../keep-recipes/recipe.js';
import { Recipes } from '../keep-recipes/recipes.service.js';
import { KnownProfiles } from '../keep-profiles/known-profiles.service.js';
import type { JsonBody } from '../parse-json/json-body.js';
import { Refusal } from '../problems/refusal.js';
import { acceptedJob } from './accepted-job.js';
import { checkNames, namedJobsOf } from './check-names.js';
import { checkSecrets, missingSecretsOf } from './check-secrets.js';
import { checkTarget } from './check-target.js';
import { CountItems } from './count-items.service.js';
import { refuseUnknown } from './read-dependencies.js';
import { planned, readSubmission, type Submission } from './read-submission.js';

const DEFAULT_PROFILE = 'cpu';

export interface Draft {
  readonly job: AcceptedJob;
  /** The texts of the submission's members as sent. */
  readonly members: ReadonlyMap<string, string>;
}

/** Judges submissions, one or many, up to the point where they can be written. */
@Injectable()
export class DraftJobs {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PRISMA) private readonly prisma: PrismaClient,
    private readonly recipes: Recipes,
    private readonly items: CountItems,
    private readonly profiles: KnownProfiles,
  ) {}

  /** In order; what is wrong with one says nothing of the others. `ids` are what the jobs will be called. Refusals pass through. */
  async draft(
    accountId: string,
    bodies: readonly (JsonBody | Refusal)[],
    ids: readonly string[],
  ): Promise<(Draft | Refusal)[]> {
    const profiles = await this.profiles.current();
    const submissions = bodies.map((body) =>
      body instanceof Refusal ? body : refusedOr(() => readSubmission(body, profiles)),
    );
    const accepted = submissions.filter((submission): submission is Submission => !(submission instanceof Refusal));
    const read = accepted.map(({ body }) => body);
    if (read.length === 0) return submissions as Refusal[];
    const names = new Set(read.map(({ project }) => project ?? '').filter((name) => name !== ''));
    const targets = await readSubmissionTargets(this.database, accountId, [...names]);
    const known = await this.knownOf(accountId, accepted);
    const named = await namedJobsOf(this.database, accountId, accepted);
    const absent = await missingSecretsOf(this.prisma, accountId, read);
    const drafts: (Draft | Refusal)[] = [];
    // One after the other: some read a file.
    for (const [at, submission] of submissions.entries()) {
      const draft = async (read: Submission): Promise<Draft> => {
        const { body } = read;
        const recipe = body.recipe ? await this.recipeOf(body.recipe) : undefined;
        const project = recipe?.target ?? checkTarget(read, targets.get(body.project ?? ''));
        checkSecrets(body, absent);
        refuseUnknown(read.dependencies, known);
        checkNames(read, named);
        const least = { ...profiles[body.profile ?? DEFAULT_PROFILE], ...recipe?.shown.requirements };
        const counted = await this.counted(accountId, read, recipe);
        const checked = recipe ? await checkRecipe(counted, recipe) : counted;
        return { job: acceptedJob(accountId, ids[at] ?? '', checked, project, least), members: checked.members };
      };
      drafts.push(submission instanceof Refusal ? submission : await draft(submission).catch(refusedOrThrown));
    }
    return drafts;
  }

  private async recipeOf(name: string): Promise<Recipe> {
    const recipe = await this.recipes.find(name);
    if (recipe) return recipe;
    throw Refusal.invalid([{ pointer: '/recipe', detail: 'is not a recipe of this installation' }]);
  }

  /** The submission planned with what the artifact holds that its fan-out names. */
  private async counted(accountId: string, submission: Submission, recipe?: Recipe): Promise<Submission> {
    const { fan_out, batch_size = 1 } = submission.plan.spec;
    if (!fan_out || !('items_artifact' in fan_out)) return submission;
    const itemTotal = await this.items.of(accountId, fan_out.items_artifact, batch_size, recipe?.faultsOfPayload);
    return { ...submission, plan: planned(submission.body, itemTotal) };
  }

  /** Of all jobs that the submissions wait for, those that the account has; one statement, none when nothing waits. */
  private async knownOf(accountId: string, submissions: readonly Submission[]): Promise<ReadonlySet<string>> {
    const named = new Set(submissions.flatMap(({ dependencies }) => dependencies.map(({ job_id }) => job_id)));
    return named.size > 0 ? listKnownJobs(this.database, accountId, [...named]) : new Set();
  }
}

function refusedOr<T>(work: () => T): T | Refusal {
  try {
    return work();
  } catch (error) {
    return refusedOrThrown(error);
  }
}

function refusedOrThrown(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}
