import { loadConfig, startOrExit } from '@computalot/service-host';
import { standaloneConfig } from './config.js';
import { holdSignals } from './hold-signals.js';
import { startStandalone } from './start-standalone.js';

// npm start and the quickstart hold a channel to this process; when they are killed nobody could stop it any more.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
const releaseSignals = holdSignals();
startOrExit(async () => {
  const config = loadConfig(standaloneConfig, process.env);
  const { url } = await startStandalone(config, (line) => void process.stdout.write(`${line}\n`));
  process.stdout.write(`Computalot is ready at ${url}\n`);
  releaseSignals();
});
