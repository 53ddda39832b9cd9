// Who may import whom: docs/design.md and the README's layout in one table. A project carries `layer:*` and `scope:*` tags in its package.json.
// There is no rule for "any project": a project whose tags match no row may import nothing.

const kernel = ['layer:kernel'];
const pure = [...kernel, 'layer:contracts', 'layer:domain'];
const service = [...pure, 'layer:adapter'];
/** Adapters that work without database credentials. */
const workerAdapters = ['scope:messaging', 'scope:live-feed', 'scope:service-host'];

/**
 * One row per layer: the projects it may import and, for pure ones, the packages. Adapters never import each other, so what a worker may import
 * leads nowhere else; the last column says so a second time, along the whole graph.
 */
const layers = [
  { tag: 'layer:kernel', projects: [], packages: ['uuid'] },
  {
    tag: 'layer:contracts',
    projects: [],
    packages: ['@sinclair/typebox', '@sinclair/typebox/*', 'ajv', 'ajv/*', 'ajv-formats'],
  },
  { tag: 'layer:domain', projects: pure, packages: [] },
  { tag: 'layer:adapter', projects: pure },
  { tag: 'layer:sdk', projects: ['layer:contracts'], packages: ['eventsource-parser', 'eventsource-parser/*', 'tar'] },
  { tag: 'layer:service', projects: service },
  {
    tag: 'layer:worker',
    projects: [...pure, ...workerAdapters],
    never: ['scope:database', 'scope:object-store', 'layer:testing'],
  },
  { tag: 'layer:standalone', projects: [...service, 'layer:service', 'layer:worker'] },
  { tag: 'layer:testing', projects: service },
  { tag: 'layer:e2e', projects: ['layer:contracts', 'layer:sdk', 'layer:testing'] },
];

const forSpecs = {
  projects: ['layer:testing'],
  packages: ['@jest/globals', 'fast-check', '@asyncapi/parser'],
};

const constraint = ({ tag, projects, packages, never }) => ({
  sourceTag: tag,
  onlyDependOnLibsWithTags: projects,
  ...(packages && { allowedExternalImports: packages }),
  ...(never && { notDependOnLibsWithTags: never }),
});

export const depConstraints = layers.map(constraint);

/** A spec may also import `libs/testing` (and, through it, what that starts: hence no `never` here) and the test tools. */
export const specConstraints = layers.map(({ tag, projects, packages }) =>
  constraint({
    tag,
    projects: [...projects, ...forSpecs.projects],
    packages: packages && [...packages, ...forSpecs.packages],
  }),
);

/** Specs of an adapter use `libs/testing`, which starts that adapter: a circle of projects, not of modules. */
export const testingCycles = [
  ['@computalot/testing', 'tag:layer:adapter'],
  ['@computalot/testing', 'tag:layer:domain'],
  ['@computalot/testing', 'tag:layer:contracts'],
  ['@computalot/testing', 'tag:layer:kernel'],
];

/** Pure libraries compute; they open no file, socket or process. */
export const pureLibraryImports = {
  files: ['libs/{kernel,contracts,jobs,placement}/src/**/*.ts'],
  pattern: {
    regex: '^(node:(?!crypto$|util$|buffer$|os$)|fs|net|http|child_process)',
    message: 'Pure libraries touch nothing outside.',
  },
};

/** `src/testing` of a project is for its specs alone. */
export const testSupportImports = {
  regex: '^\\.{1,2}/(.*/)?testing/',
  message: 'Only specs use what lies in src/testing.',
};
