import type { ProjectManifest, RuntimeSpec } from '@computalot/contracts';

/** What the manifest asks a worker to do besides running commands; null when that is nothing. Pure. */
export function runtimeSpecOf(manifest: ProjectManifest | null): RuntimeSpec | null {
  const { runtime, validation } = manifest ?? {};
  const workdir = runtime?.workdir?.replace(/^(\.\/+)+|\/+$/g, '');
  const hasValidation = Object.values(validation ?? {}).some((list) => list.length > 0);
  const spec: RuntimeSpec = {
    ...(runtime?.kind === 'oci' ? { kind: 'oci' } : {}),
    ...(workdir && workdir !== '.' ? { workdir } : {}),
    ...(runtime?.init?.commands?.length ? { init: runtime.init.commands } : {}),
    ...(validation && hasValidation ? { validation } : {}),
    ...(runtime?.services?.length ? { services: runtime.services } : {}),
  };
  return Object.keys(spec).length > 0 ? spec : null;
}
