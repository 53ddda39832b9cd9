"""Linear programmes by Mehrotra's predictor-corrector interior-point method, for a few hundred sparse rows.

Mehrotra, On the Implementation of a Primal-Dual Interior Point Method, SIAM J. Optimization 2 (1992).
"""

from math import sqrt
from operator import mul

ITERATIONS = 60
ACCURACY = 1e-15


def factor(m):
    """Cholesky's lower factor of a symmetric matrix, as rows. A pivot that rounding has lost stops its variable."""
    rows = []
    for i, line in enumerate(m):
        row = []
        for j in range(i):
            above = rows[j]
            row.append((line[j] - sum(map(mul, row, above))) / above[j])
        pivot = line[i] - sum(map(mul, row, row))
        row.append(sqrt(pivot) if pivot > 1e-30 else 1e64)
        rows.append(row)
    return rows


def solve(rows, right):
    """x of L L' x = right."""
    n, x = len(rows), []
    for row, value in zip(rows, right):
        x.append((value - sum(map(mul, row, x))) / row[-1])
    for i in reversed(range(n)):
        row = rows[i]
        x[i] /= row[i]
        for j in range(i):
            x[j] -= row[j] * x[i]
    return x


def longest(values, steps):
    """The part of a step, at most all of it, after which no value is below 0."""
    return min([1.0] + [-v / d for v, d in zip(values, steps) if d < 0])


def maximize(c, rows, b):
    """v with the largest c·v among those with row·v <= b; a row is a list of (variable, coefficient), and 0 must fit."""
    n, m = len(c), len(rows)
    v, s, z = [0.0] * n, [max(x, 1e-2) for x in b], [1.0] * m
    times = lambda u: [sum([a * u[i] for i, a in row]) for row in rows]

    def transposed(u):
        out = [0.0] * n
        for row, x in zip(rows, u):
            for i, a in row:
                out[i] += a * x
        return out

    for _ in range(ITERATIONS):
        primal = [a + x - y for a, x, y in zip(times(v), s, b)]
        dual = [a - y for a, y in zip(transposed(z), c)]
        gap = sum(map(mul, s, z)) / m
        if gap < ACCURACY and max(map(abs, primal)) < ACCURACY:
            break
        weights = [y / x for x, y in zip(s, z)]
        matrix = [[0.0] * n for _ in range(n)]
        for row, w in zip(rows, weights):
            for i, a in row:
                line, scaled = matrix[i], a * w
                for j, other in row:
                    line[j] += scaled * other
        lower = factor(matrix)

        def step(complement):
            lead = [(y * p - q) / x for x, y, p, q in zip(s, z, primal, complement)]
            dv = solve(lower, [-d - t for d, t in zip(dual, transposed(lead))])
            moved = times(dv)
            return dv, [-p - a for p, a in zip(primal, moved)], [l + w * a for l, w, a in zip(lead, weights, moved)]

        _, ds, dz = step(list(map(mul, s, z)))
        ps, pz = longest(s, ds), longest(z, dz)
        reached = sum((x + ps * dx) * (y + pz * dy) for x, dx, y, dy in zip(s, ds, z, dz)) / m
        aim = (reached / gap) ** 3 * gap
        dv, ds, dz = step([x * y + dx * dy - aim for x, dx, y, dy in zip(s, ds, z, dz)])
        ps, pz = 0.9995 * longest(s, ds), 0.9995 * longest(z, dz)
        v = [x + ps * d for x, d in zip(v, dv)]
        s = [x + ps * d for x, d in zip(s, ds)]
        z = [x + pz * d for x, d in zip(z, dz)]
    return v
