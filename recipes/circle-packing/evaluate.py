"""Whether circles are a packing of the unit square, decided in exact arithmetic on the numbers as given."""

from fractions import Fraction
from math import hypot

from improve import gaps

SHOWN = 100
# Doubles of this size are off by far less; what is closer to the tolerance is decided exactly.
DOUBT = 1e-9


def is_violated(circles, i, j, tolerance):
    x, y, r = map(Fraction, circles[i])
    if j is None:
        return min(x, 1 - x, y, 1 - y) < r - tolerance
    u, v, q = map(Fraction, circles[j])
    reach = r + q - tolerance
    return reach > 0 and (x - u) ** 2 + (y - v) ** 2 < reach**2


def evaluate(circles, problem, tolerance=1e-12):
    """Score, feasibility, and the worst violations: `by` is how far circles overlap, or one is over the edge."""
    exact = Fraction(tolerance)
    violations, least = [], None
    for gap, i, j in gaps(circles):
        least = gap if least is None else min(least, gap)
        if gap < DOUBT - tolerance and (gap < -DOUBT - tolerance or is_violated(circles, i, j, exact)):
            kind = {"kind": "outside", "circles": [i]} if j is None else {"kind": "overlap", "circles": [i, j]}
            violations.append({**kind, "by": -gap})
    violations.sort(key=lambda each: -each["by"])
    radii = [r for _, _, r in circles]
    return {
        "problem": problem,
        "n": len(circles),
        "score": min(radii) if problem == "equal_radius" else sum(radii),
        "feasible": not violations,
        "smallest_gap": least,
        "violation_count": len(violations),
        "violations": violations[:SHOWN],
    }
