import { encodeId, newUuid } from '@computalot/kernel';
import type { ContractCases } from '../contract-case.js';
import { refusedForQuotas } from './quota-cases.js';

export const recipeCases: ContractCases = {
  listRecipes: async ({ contract }) => {
    await contract.answers('listRecipes', 200);
  },

  getRecipe: async ({ contract }) => {
    await contract.answers('getRecipe', 200, { path: { name: 'option-pricing' } });
  },

  submitRecipeJob: async ({ contract, database, owner }) => {
    const path = { name: 'option-pricing' };
    const bodies = contract.exampleBodies('submitRecipeJob') as Record<string, unknown>[];
    for (const body of bodies) {
      await contract.answers('submitRecipeJob', 201, { path, body });
      const depends_on = [encodeId('job', newUuid())];
      await contract.answers('submitRecipeJob', 'dependency_not_found', { path, body: { ...body, depends_on } });
    }
    await refusedForQuotas(database, owner.id, (code) =>
      contract.answers('submitRecipeJob', code, { path, body: bodies[0] }),
    );
  },

  discoverRecipes: async ({ contract }) => {
    await contract.answers('discoverRecipes', 200);
  },
};
