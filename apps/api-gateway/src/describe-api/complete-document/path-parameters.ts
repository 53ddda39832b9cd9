import type { Operation, Parameter, PlacedOperation } from '../api-document.js';

type Description = Required<Pick<Parameter, 'description' | 'schema' | 'example'>>;

const id = (what: string, prefix: string, example: string): Description => ({
  description: `Id of ${what}, \`${prefix}_…\`.`,
  schema: { type: 'string' },
  example,
});

const job = id('a job', 'job', 'job_01k66jwz0sfmhvr1a2b3c4d5e6');
const project: Description = { description: 'Name of a project.', schema: { type: 'string' }, example: 'knn-iris' };

/** What the parameters of paths are, by the segment before them. */
const descriptions: Readonly<Record<string, Description>> = {
  'jobs/{id}': job,
  'results/{job_id}': job,
  'tasks/{index}': {
    description: 'Index of a task, from 0.',
    schema: { type: 'integer', minimum: 0 },
    example: 0,
  },
  'projects/{name}': project,
  'kv/{key}': { description: 'A key; a "/" in it as %2F.', schema: { type: 'string' }, example: 'best_params' },
  'recipes/{name}': { description: 'Name of a recipe.', schema: { type: 'string' }, example: 'option-pricing' },
  'secrets/{name}': {
    description: 'Name of a secret, which is the name of the variable.',
    schema: { type: 'string' },
    example: 'API_TOKEN',
  },
  'profiles/{name}': { description: 'Name of a profile.', schema: { type: 'string' }, example: 'large' },
  'artifacts/{id}': id('an artifact', 'art', 'art_01k66jwz0sfmhvr1a2b3c4d5e7'),
  'keys/{key_id}': id('an API key', 'key', 'key_01k66jwz0sfmhvr1a2b3c4d5ea'),
  'accounts/{id}': id('an account', 'acc', 'acc_01k66jwz0sfmhvr1a2b3c4d5e8'),
};

function descriptionOf(path: string, name: string): Description | undefined {
  const segments = path.split('/');
  const at = segments.indexOf(`{${name}}`);
  return descriptions[segments.slice(at - 1, at + 1).join('/')];
}

/** The operation with its path's parameters described. */
export function withPathParameters({ path, operation }: PlacedOperation): Operation {
  const parameters = operation.parameters?.map((parameter) =>
    parameter.in === 'path' ? { ...parameter, ...descriptionOf(path, parameter.name) } : parameter,
  );
  return { ...operation, ...(parameters ? { parameters } : {}) };
}
