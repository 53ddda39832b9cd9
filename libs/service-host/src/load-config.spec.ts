import { describe, expect, test } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { ConfigError, loadConfig } from './load-config.js';

const schema = Type.Object({
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 8080, description: 'TCP port of the API' }),
  DATABASE_URL: Type.String({ pattern: '^postgres(ql)?://', description: 'postgresql://user:password@host/database' }),
  ALLOW_PRIVATE: Type.Boolean({ default: false }),
});

describe('loadConfig', () => {
  test('converts, fills in defaults, and takes only what the schema names', () => {
    const config = loadConfig(schema, { DATABASE_URL: 'postgresql://h/d', ALLOW_PRIVATE: 'true', PATH: '/bin' });
    expect(config).toEqual({ PORT: 8080, DATABASE_URL: 'postgresql://h/d', ALLOW_PRIVATE: true });
  });

  test('an empty variable is absent', () => {
    expect(loadConfig(schema, { PORT: '', DATABASE_URL: 'postgres://h/d' }).PORT).toBe(8080);
  });

  test('names every bad variable at once with what is expected, without its value', () => {
    const load = () =>
      loadConfig(schema, { PORT: 'eighty', ALLOW_PRIVATE: 'sure', DATABASE_URL: 'mysql://root:hunter2@h' });
    expect(load).toThrow(ConfigError);
    try {
      load();
    } catch (error) {
      const { problems, message } = error as ConfigError;
      expect(problems).toHaveLength(3);
      expect(message).toContain('PORT must be integer (TCP port of the API)');
      expect(message).toContain('postgresql://user:password@host/database');
      expect(message).not.toContain('hunter2');
    }
  });

  test('says what is missing', () => {
    expect(() => loadConfig(schema, {})).toThrow('DATABASE_URL is required');
  });
});
