"""Packings made better until no small move helps: a sequence of linear programmes.

A distance is convex in the two centres, so its linearisation is never above it: what the linear programme allows is allowed. Every step
therefore keeps a packing and makes it no worse, and where contacts hold the circles the steps converge quadratically.
"""

from itertools import combinations
from math import hypot, sqrt

from linear import maximize

STEPS = 200
ENOUGH = 1e-15


def gaps(circles):
    """(gap, i, j) for each pair, and (gap, i, None) for each circle and the wall nearest to it; a negative gap is an overlap."""
    for i, (x, y, r) in enumerate(circles):
        yield min(x, 1 - x, y, 1 - y) - r, i, None
    for (i, a), (j, b) in combinations(enumerate(circles), 2):
        yield hypot(a[0] - b[0], a[1] - b[1]) - a[2] - b[2], i, j


def equal(centres):
    """The centres with the largest common radius they allow."""
    radius = min(gap if j is None else gap / 2 for gap, _, j in gaps([(x, y, 0.0) for x, y in centres]))
    return [(x, y, radius) for x, y in centres]


def programme(circles, is_equal, reach):
    """Objective, rows and bounds of the best move in which no coordinate or radius changes by more than `reach`."""
    n = len(circles)
    radius = lambda i: 2 * n if is_equal else 2 * n + i
    rows, bounds = [], []

    def add(bound, *row):
        rows.append(row)
        bounds.append(max(bound, 0.0))

    for i, (x, y, r) in enumerate(circles):
        for at, value in ((2 * i, x), (2 * i + 1, y)):
            add(value - r, (at, -1.0), (radius(i), 1.0))
            add(1 - value - r, (at, 1.0), (radius(i), 1.0))
            add(reach, (at, 1.0))
            add(reach, (at, -1.0))
    for k in {radius(i) for i in range(n)}:
        add(reach, (k, 1.0))
        add(min(reach, circles[k - 2 * n][2]), (k, -1.0))
    for gap, i, j in gaps(circles):
        if j is None or gap > (2 * sqrt(2) + 2) * reach:
            continue
        (ax, ay, _), (bx, by, _) = circles[i], circles[j]
        away = hypot(ax - bx, ay - by)
        dx, dy = (ax - bx) / away, (ay - by) / away
        sizes = ((radius(i), 2.0),) if is_equal else ((radius(i), 1.0), (radius(j), 1.0))
        add(gap, (2 * i, -dx), (2 * i + 1, -dy), (2 * j, dx), (2 * j + 1, dy), *sizes)
    count = 2 * n + (1 if is_equal else n)
    return [0.0] * (2 * n) + [1.0] * (count - 2 * n), rows, bounds


def moved(circles, v, is_equal):
    n = len(circles)
    centres = [(x + v[2 * i], y + v[2 * i + 1]) for i, (x, y, _) in enumerate(circles)]
    if is_equal:
        return equal(centres)
    grown = [(*centre, max(0.0, r + v[2 * n + i])) for i, (centre, (_, _, r)) in enumerate(zip(centres, circles))]
    # Rounding may have left overlaps of some 1e-16; all circles give way.
    worst = max(0.0, -min(gap for gap, _, _ in gaps(grown)))
    return [(x, y, max(0.0, r - worst)) for x, y, r in grown]


def score(circles, is_equal):
    return min(r for _, _, r in circles) if is_equal else sum(r for _, _, r in circles)


def improve(circles, is_equal):
    """The packing at the end of the way uphill from this one."""
    best, reach = score(circles, is_equal), 0.5 / sqrt(len(circles))
    for _ in range(STEPS):
        found = moved(circles, maximize(*programme(circles, is_equal, reach)), is_equal)
        now = score(found, is_equal)
        if now > best:
            circles = found
        if now < best + ENOUGH:
            break
        best = now
    return circles
