import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  DATABASE,
  ensureRecipesProject,
  findRecipeProject,
  RECIPES_ACCOUNT,
  type Database,
  type SubmissionTarget,
} from '@computalot/database';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Loop } from '@computalot/service-host';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { GATEWAY_OPTIONS, type GatewayOptions } from '../gateway-options.js';
import { Refusal } from '../problems/refusal.js';
import { PushRevision } from '../push-revision/push-revision.service.js';
import { packRecipe } from './pack-recipe.js';
import { readRecipe, RecipeError } from './read-recipe.js';
import type { Recipe } from './recipe.js';

const EVERY_MS = 60_000;

export interface RecipeFault {
  readonly folder: string;
  readonly detail: string;
}

/**
 * The recipes of this installation: the folders of one folder. Each gateway looks at its own copy, so that a recipe and the schema it is judged by
 * always belong together; the code lies where the code of projects lies, under an account that has no keys.
 */
@Injectable()
export class Recipes implements OnApplicationBootstrap, OnModuleDestroy {
  private recipes: ReadonlyMap<string, Recipe> = new Map();
  private byFolder: ReadonlyMap<string, Recipe> = new Map();
  private faults: readonly RecipeFault[] = [];
  private readonly logger = new Logger(Recipes.name);
  private readonly loop: Loop;
  private readonly looked = Promise.withResolvers<void>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(GATEWAY_OPTIONS) private readonly options: GatewayOptions,
    private readonly revisions: PushRevision,
  ) {
    this.loop = new Loop({
      name: 'discover-recipes',
      everyMs: EVERY_MS,
      logger: this.logger,
      runOnce: async () => void (await this.discover().finally(() => this.looked.resolve())),
    });
  }

  async find(name: string): Promise<Recipe | undefined> {
    return (await this.known()).get(name);
  }

  /** By name. */
  async all(): Promise<Recipe[]> {
    return [...(await this.known()).values()];
  }

  /** Looks at the folder anew. A recipe that is not right is named, and stays what it was before. */
  async discover(): Promise<{ recipes: Recipe[]; faults: readonly RecipeFault[] }> {
    const { recipesDir } = this.options;
    const found = new Map<string, Recipe>();
    const faults: RecipeFault[] = [];
    for (const folder of recipesDir === null ? [] : await foldersIn(recipesDir)) {
      const outcome = await this.publish(join(recipesDir ?? '', folder));
      const recipe = 'detail' in outcome ? this.byFolder.get(folder) : outcome;
      const twin = [...found].find(([, { shown }]) => shown.name === recipe?.shown.name)?.[0];
      if ('detail' in outcome) faults.push({ folder, detail: outcome.detail });
      if (recipe && twin) faults.push({ folder, detail: `has the name ${recipe.shown.name}, as ${twin} has` });
      else if (recipe) found.set(folder, recipe);
    }
    this.tell(faults);
    this.byFolder = found;
    const byName = [...found.values()].sort((a, b) => (a.shown.name < b.shown.name ? -1 : 1));
    this.recipes = new Map(byName.map((recipe) => [recipe.shown.name, recipe]));
    return { recipes: byName, faults };
  }

  onApplicationBootstrap(): void {
    if (this.options.recipesDir === null) this.looked.resolve();
    else this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }

  /** Who asks while the gateway looks for the first time waits until it has, found or not. */
  private async known(): Promise<ReadonlyMap<string, Recipe>> {
    await this.looked.promise;
    return this.recipes;
  }

  /** Rejects while Postgres or the object store is away; the next look makes up for it. */
  private async publish(folder: string): Promise<Recipe | { detail: string }> {
    try {
      const { file, faultsOfPayload } = await readRecipe(folder);
      const { name, version, description, payload_schema, examples, requirements, limits } = file;
      const target = await this.store(name, await packRecipe(folder, file));
      const shown = { name, version, description, payload_schema, examples, requirements, limits };
      return { shown, target, faultsOfPayload };
    } catch (error) {
      if (error instanceof RecipeError || error instanceof Refusal) return { detail: error.message };
      throw error;
    }
  }

  /** The code where workers can have it. Costs two lookups when it is there already, as at every start but the first. */
  private async store(name: string, archive: Buffer): Promise<SubmissionTarget> {
    const hash = createHash('sha256').update(archive).digest('hex');
    const isStored = await this.objects.head(objectKeys.revision(RECIPES_ACCOUNT, hash));
    const known = isStored && (await findRecipeProject(this.database, name, hash));
    if (known) return targetOf(known, hash);
    await ensureRecipesProject(this.database, name);
    await this.revisions.push(RECIPES_ACCOUNT, name, Readable.from([archive]), () => Promise.resolve());
    const made = await findRecipeProject(this.database, name, hash);
    if (made === null) throw new Error('its project was deleted meanwhile');
    return targetOf(made, hash);
  }

  /** Once per change. */
  private tell(faults: readonly RecipeFault[]): void {
    if (JSON.stringify(faults) === JSON.stringify(this.faults)) return;
    this.faults = faults;
    for (const { folder, detail } of faults) this.logger.error(`recipe in ${folder}: ${detail}`);
  }
}

const targetOf = (id: string, hash: string): SubmissionTarget => ({
  id,
  name: null,
  active_revision: hash,
  manifest: null,
  // Nobody knows here who will submit: acceptance asks for that account's quotas.
  is_under_quota: false,
});

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
