// Gives the workspace its targets. Lint is one target for all projects: they share one type-checked program, which is most of its work.
import { dirname } from 'node:path';

export const name = 'computalot-targets';

// Never cached: specs stay out of the project graph (.nxignore), so a hash would not see them change.
const lint = { command: 'eslint . --max-warnings 0', cache: false };

export const createNodesV2 = [
  'tools/nx-targets.mjs',
  (files) =>
    files.map((file) => {
      const root = dirname(file);
      return [file, { projects: { [root]: { name: 'workspace', root, targets: { lint } } } }];
    }),
];
