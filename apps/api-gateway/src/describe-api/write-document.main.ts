import { mkdir, writeFile } from 'node:fs/promises';
import { ProjectManifest } from '@computalot/contracts';
import { buildDocument } from './build-document.js';
import { OPENAPI_FILE } from './openapi-file.js';
import { MANIFEST_SCHEMA_FILE } from './schema-file.js';

await mkdir(new URL('./', OPENAPI_FILE), { recursive: true });
await writeFile(OPENAPI_FILE, `${JSON.stringify(await buildDocument(), null, 2)}\n`);
await writeFile(MANIFEST_SCHEMA_FILE, `${JSON.stringify(ProjectManifest, null, 2)}\n`);
