// npm start: Computalot in one process, in the foreground. PORT, COMPUTALOT_DATA_DIR and COMPUTALOT_ADMIN_KEY come from the environment.
import { join } from 'node:path';
import { become, bootstrap, nodeFlags, root } from './bootstrap.mjs';

become(bootstrap(), [...nodeFlags(), join(root, 'apps', 'standalone', 'dist', 'main.js')]);
