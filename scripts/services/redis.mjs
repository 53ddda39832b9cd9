import { findProgram } from './debian-packages.mjs';
import { startProcess } from './processes.mjs';
import { answers } from './reach.mjs';

export const redis = {
  name: 'redis',
  port: 6379,
  packages: ['redis-server'],
  url: (port) => `redis://127.0.0.1:${port}`,
  isInstalled: () => findProgram('redis-server') !== null,
  isReachable: (port) =>
    answers(port, 'PING\r\n', (bytes) => (bytes.includes('\n') ? bytes.toString().startsWith('+PONG') : undefined)),
  async start({ port, folder, remember }) {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
    remember(startProcess({ name: 'redis', folder, command: findProgram('redis-server'), args }));
  },
};
