/** `<milliseconds>-<sequence>`, the shape of a Redis stream id. Clients send positions back, so anything may arrive here. */
const SHAPE = /^(\d{1,15})-(\d{1,15})$/;

export interface ParsedPosition {
  readonly time: number;
  readonly sequence: number;
}

export function parsePosition(text: string): ParsedPosition | null {
  const match = SHAPE.exec(text);
  return match ? { time: Number(match[1]), sequence: Number(match[2]) } : null;
}

/** Negative when `a` comes before `b`. Both must be well formed. */
export function comparePositions(a: string, b: string): number {
  const [left, right] = [parsePosition(a), parsePosition(b)];
  if (!left || !right) throw new RangeError(`not a feed position: ${left ? b : a}`);
  return left.time - right.time || left.sequence - right.sequence;
}
