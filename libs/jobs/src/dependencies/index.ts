export * from './failure-chain.js';
