import { mkdir, writeFile } from 'node:fs/promises';
import { buildDocument } from './build-document.js';
import { OPENAPI_FILE } from './openapi-file.js';

await mkdir(new URL('./', OPENAPI_FILE), { recursive: true });
await writeFile(OPENAPI_FILE, `${JSON.stringify(await buildDocument(), null, 2)}\n`);
