import { loadConfig, startOrExit } from '@computalot/service-host';
import { standaloneConfig } from './config.js';
import { startStandalone } from './start-standalone.js';

startOrExit(async () => {
  const config = loadConfig(standaloneConfig, process.env);
  const { url } = await startStandalone(config, (line) => void process.stdout.write(`${line}\n`));
  process.stdout.write(`Computalot is ready at ${url}\n`);
});
