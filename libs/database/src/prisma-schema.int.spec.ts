import { readFileSync } from 'node:fs';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

// prisma/schema.prisma is written by hand beside the migrations; this reads both and compares them in both directions.
const schema = readFileSync(new URL('../prisma/schema.prisma', import.meta.url), 'utf8');

/** `table.column` -> `type`, with `?` when nullable. */
type Columns = Record<string, string>;

const POSTGRES_TYPES: Record<string, string> = {
  String: 'text',
  'String @db.Uuid': 'uuid',
  'String[]': '_text',
  'Int[]': '_int4',
  Int: 'int4',
  'Int @db.SmallInt': 'int2',
  BigInt: 'int8',
  'Float @db.Real': 'float4',
  Boolean: 'bool',
  Bytes: 'bytea',
  Json: 'jsonb',
  'Json @db.Json': 'json',
  'DateTime @db.Timestamptz': 'timestamptz',
};

interface Block {
  name: string;
  table: string;
  lines: string[];
}

function blocks(kind: 'model' | 'enum'): Block[] {
  return [...schema.matchAll(new RegExp(`^${kind} (\\w+) \\{\\n(.*?)^\\}`, 'gms'))].map(([, name = '', body = '']) => {
    const table = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? name;
    const lines = body.split('\n').map((line) => line.trim());
    return { name, table, lines: lines.filter((line) => line && !line.startsWith('@@') && !line.startsWith('//')) };
  });
}

function schemaColumns(): Columns {
  const enums = new Map(blocks('enum').map(({ name, table }) => [name, table]));
  const models = new Set(blocks('model').map(({ name }) => name));
  const columns: Columns = {};
  for (const { table, lines } of blocks('model')) {
    for (const line of lines) {
      const [, column, type = '', list = '', optional = ''] = /^(\w+)\s+(\w+)(\[\])?(\?)?/.exec(line) ?? [];
      if (models.has(type)) continue;
      const native = /@db\.\w+/.exec(line)?.[0];
      const key = [type + list, native].filter(Boolean).join(' ');
      columns[`${table}.${column}`] =
        (enums.get(type) ?? POSTGRES_TYPES[key] ?? `no Postgres type for ${key}`) + optional;
    }
  }
  return columns;
}

let fixture: TestDatabase;
beforeAll(async () => {
  fixture = await createTestDatabase();
});
afterAll(() => fixture.drop());

test('tables, columns, types and nullability are those of the migrated database', async () => {
  const rows = await fixture.database.query<{ column: string; type: string }>(
    `SELECT table_name || '.' || column_name AS column, udt_name || CASE is_nullable WHEN 'YES' THEN '?' ELSE '' END AS type
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'`,
  );
  expect(schemaColumns()).toEqual(Object.fromEntries(rows.map((row) => [row.column, row.type])));
});

test('enums have the same values in the same order', async () => {
  const rows = await fixture.database.query<{ name: string; values: string[] }>(
    `SELECT typname AS name, array_agg(enumlabel::text ORDER BY enumsortorder) AS values
     FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid GROUP BY typname`,
  );
  const declared = Object.fromEntries(blocks('enum').map(({ table, lines }) => [table, lines]));
  expect(declared).toEqual(Object.fromEntries(rows.map((row) => [row.name, row.values])));
});

test('primary keys are the same', async () => {
  const rows = await fixture.database.query<{ table: string; key: string[] }>(
    `SELECT conrelid::regclass::text AS table, array_agg(attname::text ORDER BY array_position(conkey, attnum)) AS key
     FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
     WHERE contype = 'p' AND connamespace = 'public'::regnamespace AND conrelid <> '_prisma_migrations'::regclass GROUP BY conrelid`,
  );
  const declared = blocks('model').map(({ name, table, lines }): [string, string[]] => {
    const own = lines.filter((line) => / @id\b/.test(line)).map((line) => line.split(/\s/)[0] ?? '');
    const model = schema.slice(schema.indexOf(`\nmodel ${name} {`));
    const compound = /@@id\(\[([^\]]+)\]\)/.exec(model.slice(0, model.indexOf('\n}')))?.[1]?.split(', ');
    return [table, compound ?? own];
  });
  expect(Object.fromEntries(declared)).toEqual(Object.fromEntries(rows.map((row) => [row.table, row.key])));
});

test('the committed client was generated from this schema', () => {
  const source = readFileSync(new URL('./generated/prisma/internal/class.ts', import.meta.url), 'utf8');
  const inlined = /^ *"inlineSchema": (".*"),?$/m.exec(source)?.[1] ?? '""';
  expect(JSON.parse(inlined)).toBe(schema);
});
