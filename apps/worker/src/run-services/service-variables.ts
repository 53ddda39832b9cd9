import type { RuntimeService } from '@computalot/contracts';

export interface PlacedService {
  readonly service: RuntimeService;
  readonly port: number;
}

export const SERVICE_HOST = '127.0.0.1';

/** By which tasks, and the services themselves, find each service. Pure. */
export function serviceVariables(placed: readonly PlacedService[]): Record<string, string> {
  return Object.fromEntries(
    placed.flatMap(({ service, port }) => {
      const prefix = `COMPUTALOT_SERVICE_${service.name.toUpperCase().replaceAll('-', '_')}`;
      return [
        [`${prefix}_HOST`, SERVICE_HOST],
        [`${prefix}_PORT`, String(port)],
      ];
    }),
  );
}
