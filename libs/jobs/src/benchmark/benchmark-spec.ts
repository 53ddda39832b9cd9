export type { BenchmarkSpec, Strategy } from '@computalot/contracts';
