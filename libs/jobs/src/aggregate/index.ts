export * from './aggregator.js';
export * from './aggregator-of.js';
export * from './closing-plan.js';
