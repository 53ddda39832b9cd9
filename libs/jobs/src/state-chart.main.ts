import { renderStateChart } from './state-chart.js';

process.stdout.write(renderStateChart());
