import { expect, test } from '@jest/globals';
import { serviceVariables } from './service-variables.js';

test('each service is found by its name, in capitals', () => {
  const service = (name: string) => ({ name, command: ['x'] });
  expect(
    serviceVariables([
      { service: service('db'), port: 1 },
      { service: service('my-Cache_2'), port: 2 },
    ]),
  ).toEqual({
    COMPUTALOT_SERVICE_DB_HOST: '127.0.0.1',
    COMPUTALOT_SERVICE_DB_PORT: '1',
    COMPUTALOT_SERVICE_MY_CACHE_2_HOST: '127.0.0.1',
    COMPUTALOT_SERVICE_MY_CACHE_2_PORT: '2',
  });
  expect(serviceVariables([])).toEqual({});
});
