// Gives every project its targets, so that no package.json has to repeat them.
import { dirname } from 'node:path';

export const name = 'computalot-targets';

const lint = (root) => ({
  command: `eslint ${root} --max-warnings 0`,
  // Never cached: specs stay out of the project graph (.nxignore), so a hash would not see them change.
  cache: false,
});

export const createNodesV2 = [
  '{apps,libs}/*/package.json',
  (files) =>
    files.map((file) => {
      const root = dirname(file);
      return [file, { projects: { [root]: { root, targets: { lint: lint(root) } } } }];
    }),
];
