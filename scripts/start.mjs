// npm start: Computalot in one process, in the foreground. PORT, COMPUTALOT_DATA_DIR and COMPUTALOT_ADMIN_KEY come from the environment.
import { join } from 'node:path';
import { become, bootstrap, root } from './bootstrap.mjs';

// A small young generation: by default V8 lets resident memory grow with load although little of it is live.
become(bootstrap(), ['--max-semi-space-size=4', join(root, 'apps', 'standalone', 'dist', 'main.js')]);
