// Gives every project its targets, so that no package.json has to repeat them; what belongs to no project is linted as `tools`.
import { dirname } from 'node:path';

export const name = 'computalot-targets';

// Never cached: specs stay out of the project graph (.nxignore), so a hash would not see them change.
const lint = (paths) => ({ command: `eslint ${paths} --max-warnings 0 --no-error-on-unmatched-pattern`, cache: false });

const loose = '*.mjs tools scripts examples benchmarks';

export const createNodesV2 = [
  '{{apps,libs}/*/package.json,tools/nx-targets.mjs}',
  (files) =>
    files.map((file) => {
      const root = dirname(file);
      const project =
        root === 'tools'
          ? { name: 'tools', root, targets: { lint: lint(loose) } }
          : { root, targets: { lint: lint(root) } };
      return [file, { projects: { [root]: project } }];
    }),
];
