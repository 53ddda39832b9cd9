import { Type, type Static } from '@sinclair/typebox';

/** Largest numbers of things that one manifest may ask for. */
const MAX = { commands: 50, services: 8, names: 200, words: 200 };

const closed = { additionalProperties: false };
const Command = Type.Array(Type.String({ maxLength: 32_768 }), {
  minItems: 1,
  maxItems: MAX.words,
  description: 'Program and arguments, not a shell line; a script for a shell is ["sh", "-c", "…"].',
});
const Label = Type.String({ minLength: 1, maxLength: 100, description: 'Names the command in errors.' });
const Env = Type.Record(Type.String(), Type.String(), { description: 'Further environment variables.' });
/** Neither absolute nor upwards. */
const inside = (description: string) =>
  Type.String({ minLength: 1, maxLength: 1_000, pattern: '^(?!/)(?!(.*/)?\\.\\.(/|$)).*$', description });
const Inside = inside("Relative to the project's root, and inside of it.");

/** A command that runs once per worker and revision, before any task. */
export const RuntimeCommand = Type.Object(
  { label: Type.Optional(Label), command: Command, cwd: Type.Optional(Inside), env: Type.Optional(Env) },
  closed,
);
export type RuntimeCommand = Static<typeof RuntimeCommand>;

const interval_s = Type.Optional(
  Type.Number({
    minimum: 0.1,
    maximum: 3_600,
    description: 'Seconds between checks of a running service (default 10).',
  }),
);
export const HealthCheck = Type.Union(
  [
    Type.Object({ tcp: Type.Literal(true), interval_s }, closed),
    Type.Object({ http: Type.String({ pattern: '^/', maxLength: 1_000 }), interval_s }, closed),
    Type.Object({ command: Command, interval_s }, closed),
  ],
  {
    description:
      'One of: {"tcp": true}, the port takes connections (the default); {"http": "/path"}, a GET is answered with 2xx; {"command": […]}, it exits 0.',
  },
);
export type HealthCheck = Static<typeof HealthCheck>;

/** A process that runs beside the tasks of a revision on each worker. */
export const RuntimeService = Type.Object(
  {
    name: Type.String({
      pattern: '^[A-Za-z][A-Za-z0-9_-]{0,31}$',
      description: 'Tasks find the service by COMPUTALOT_SERVICE_<NAME>_HOST and _PORT; "-" becomes "_" there.',
    }),
    command: Command,
    cwd: Type.Optional(Inside),
    env: Type.Optional(Env),
    health: Type.Optional(HealthCheck),
    start_timeout_s: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 3_600, description: 'Until it must be healthy (default 60).' }),
    ),
  },
  closed,
);
export type RuntimeService = Static<typeof RuntimeService>;

export const Validation = Type.Object(
  {
    executables: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { maxItems: MAX.names, description: 'Programs that must be found.' }),
    ),
    files: Type.Optional(
      Type.Array(Inside, { maxItems: MAX.names, description: 'Files or folders that must exist after init.' }),
    ),
    commands: Type.Optional(
      Type.Array(RuntimeCommand, { maxItems: MAX.commands, description: 'Must exit 0; they run after init.' }),
    ),
  },
  closed,
);
export type Validation = Static<typeof Validation>;

const Runtime = Type.Object(
  {
    kind: Type.Optional(
      Type.Union([Type.Literal('process'), Type.Literal('oci')], {
        description: 'process (default): a sandboxed process; oci: a container, on workers with a container engine.',
      }),
    ),
    workdir: Type.Optional(inside('Folder of the project in which tasks and commands begin.')),
    sandbox: Type.Optional(Type.Literal('auto', { description: 'The strongest that the worker can give.' })),
    init: Type.Optional(
      Type.Object({ commands: Type.Optional(Type.Array(RuntimeCommand, { maxItems: MAX.commands })) }, closed),
    ),
    services: Type.Optional(Type.Array(RuntimeService, { maxItems: MAX.services })),
  },
  closed,
);

const Build = Type.Object(
  {
    dockerfile: Type.Optional(Inside),
    context: Type.Optional(Inside),
    target: Type.Optional(Type.String()),
    args: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { ...closed, description: 'The image of an oci runtime.' },
);

/** `computalot.project.json`, at the root of a project. */
export const ProjectManifest = Type.Object(
  {
    $schema: Type.Optional(Type.String({ description: 'For editors.' })),
    version: Type.Optional(Type.Literal(1)),
    name: Type.Optional(Type.String({ description: 'For humans.' })),
    description: Type.Optional(Type.String({ description: 'For humans.' })),
    runtime: Type.Optional(Runtime),
    entrypoint: Type.Optional(
      Type.Object(
        { command: Type.Optional(Command) },
        { ...closed, description: 'Used where a job has no runner_command.' },
      ),
    ),
    build: Type.Optional(Build),
    validation: Type.Optional(Validation),
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'computalot.project.json',
    description: 'The manifest of a Computalot project, at its root.',
    ...closed,
  },
);
export type ProjectManifest = Static<typeof ProjectManifest>;

/** What of the manifest a worker must do before and around the tasks of a revision. */
export const RuntimeSpec = Type.Object({
  kind: Type.Optional(Type.Literal('oci')),
  workdir: Type.Optional(Type.String()),
  init: Type.Optional(Type.Array(RuntimeCommand)),
  validation: Type.Optional(Validation),
  services: Type.Optional(Type.Array(RuntimeService)),
});
export type RuntimeSpec = Static<typeof RuntimeSpec>;

/** Required of a worker for the tasks of an oci runtime. */
export const CONTAINER_ENGINE_LABEL = { 'container-engine': 'docker' } as const;
