export * from './placement-facts.js';
export * from './watch-answers.js';
