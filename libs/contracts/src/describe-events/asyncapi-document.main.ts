import { asyncApiDocument } from './asyncapi-document.js';

process.stdout.write(`${JSON.stringify(asyncApiDocument(), null, 2)}\n`);
