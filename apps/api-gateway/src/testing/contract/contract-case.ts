import type { ContractWorld } from './contract-world.js';

/**
 * Brings about every success of an operation (each status and media type, each event) and every problem that only it answers. What follows from the
 * operation's form (no key, a wrong role, a broken body, …) the contract test provokes by itself. The first success must come from objects of the
 * owner that still exist when the case is over.
 */
export type ContractCase = (world: ContractWorld) => Promise<void>;
export type ContractCases = Readonly<Record<string, ContractCase>>;
