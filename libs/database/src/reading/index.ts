export * from './jobs.read.js';
export * from './queues.read.js';
export * from './tasks.read.js';
export * from './artifacts.read.js';
export * from './workers.read.js';
export * from './aggregates.read.js';
