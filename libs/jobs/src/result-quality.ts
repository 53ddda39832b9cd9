export interface ResultQuality {
  /** 0 (worthless) to 1. */
  readonly quality: number;
  readonly warnings: string[];
}

export interface RunFacts {
  /** Part of the output was not kept. */
  readonly truncatedOutput: boolean;
  /** Numbers that `readResult` had to replace by null because JSON has no NaN or Infinity. */
  readonly nonFinite?: number;
}

const MAX_WARNINGS = 20;
const MAX_WARNING_LENGTH = 500;

/**
 * How far a completed task's result can be trusted. The program's own word counts first: `_quality` (0..1) and `_warnings` (strings) of
 * its result. Otherwise: 1; 0 without a result, half with NaN or Infinity in it, 0.9 with truncated output. What was observed is always
 * warned of, whatever the program says.
 *
 * @param resultJson the result as valid JSON text; null when the program wrote none
 */
export function deriveQuality(resultJson: string | null, facts: RunFacts): ResultQuality {
  return qualityOf(resultJson === null ? undefined : (JSON.parse(resultJson) as unknown), facts);
}

/** The same for a result that is parsed already; undefined when the program wrote none. */
export function qualityOf(result: unknown, { truncatedOutput, nonFinite = 0 }: RunFacts): ResultQuality {
  const warnings: string[] = [];
  let derived = 1;
  if (result === undefined) {
    derived = 0;
    warnings.push('The program ended well but wrote no result.');
  }
  if (nonFinite > 0) {
    derived = Math.min(derived, 0.5);
    warnings.push(`The result has ${nonFinite} NaN or infinite numbers; they are null here, as JSON has none.`);
  }
  if (truncatedOutput) {
    derived = Math.min(derived, 0.9);
    warnings.push('The output was longer than what is kept; its middle is missing.');
  }
  const own = ownWords(result);
  return { quality: own.quality ?? derived, warnings: [...own.warnings, ...warnings].slice(0, MAX_WARNINGS) };
}

function ownWords(result: unknown): { quality: number | null; warnings: string[] } {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return { quality: null, warnings: [] };
  const { _quality, _warnings } = result as { _quality?: unknown; _warnings?: unknown };
  const warnings = Array.isArray(_warnings) ? _warnings.filter((warning) => typeof warning === 'string') : [];
  const quality = typeof _quality === 'number' && _quality >= 0 && _quality <= 1 ? _quality : null;
  if (_quality !== undefined && quality === null)
    warnings.unshift('_quality is not a number from 0 to 1; it is ignored.');
  return { quality, warnings: warnings.map((warning) => warning.slice(0, MAX_WARNING_LENGTH)) };
}
