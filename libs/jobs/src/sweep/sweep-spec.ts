export type { NumberRange, ParameterDomain, SweepMode, SweepSpec } from '@computalot/contracts';
