/**
 * How often and from which seed a fuzzer runs. In a normal run both are fixed, so that a failure is found by everybody; `FUZZ_RUNS=5000 FUZZ_SEED=1`
 * makes a long one. fast-check prints seed and path of what fails.
 */
export function fuzzRuns(usual: number): {
  readonly numRuns: number;
  readonly seed: number;
  readonly endOnFailure: boolean;
} {
  return {
    numRuns: Number(process.env.FUZZ_RUNS ?? usual),
    seed: Number(process.env.FUZZ_SEED ?? 20_261_125),
    endOnFailure: process.env.FUZZ_SHRINK === 'false',
  };
}
