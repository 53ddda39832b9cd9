import type * as JestGlobals from '@jest/globals';
import type { FoundService } from './find-services.js';
import { serviceKinds } from './service-kinds.js';

/**
 * A suite that needs a real service: `describeWith(await findService('live'), 'the Redis feed', (url) => …)` at the top of a spec. Without the
 * service the suite is skipped and says why in one line; with CI=true it fails instead, because there everything must run.
 */
export function describeWith(service: FoundService, title: string, suite: (url: string) => void): void {
  // Not imported: this library is also loaded outside of Jest, where importing its globals throws.
  const { describe, test } = globalThis as unknown as typeof JestGlobals;
  const { name, url, how } = service;
  if (url !== null) {
    describe(title, () => suite(url));
    return;
  }
  const reason = `${serviceKinds[name].name} was not found (${how})`;
  if (process.env.CI === 'true') {
    test(title, () => {
      throw new Error(`${reason}; with CI=true nothing may be skipped`);
    });
    return;
  }
  console.warn(`Not run: ${title}: ${reason}`);
  describe.skip(`${title} [${reason}]`, () => suite(serviceKinds[name].local));
}
