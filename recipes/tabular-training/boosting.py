"""Gradient-boosted trees with second-order leaves and histogram splits.

Friedman, Greedy Function Approximation, Annals of Statistics 29 (2001); Chen and Guestrin, XGBoost, KDD 2016, 2.2 (gain and leaf weights), 3.4
(missing values go where they help). With no more distinct values than bins the splits are the exact ones.
"""

from bisect import bisect_left
from math import exp, log


def cuts_of(column, most):
    """Where a feature can be split: halfway between neighbours, at as many places as there are bins less one."""
    values = sorted(x for x in column if x is not None)
    distinct = sorted(set(values))
    if len(distinct) > most:
        distinct = sorted({values[i * len(values) // most] for i in range(most)})
    return [(a + b) / 2 for a, b in zip(distinct, distinct[1:])]


class Grower:
    """Trees over the same rows, whose features are known by their bins; the last bin is that of missing values."""

    def __init__(self, vectors, payload):
        columns = list(zip(*vectors))
        self.cuts = [cuts_of(column, payload.get("max_bins", 64)) for column in columns]
        self.bins = [
            [len(cuts) + 1 if x is None else bisect_left(cuts, x) for x in column]
            for column, cuts in zip(columns, self.cuts)
        ]
        self.depth, self.least = payload.get("max_depth", 3), payload.get("min_leaf", 1)
        self.l2, self.rate = payload.get("l2", 1.0), payload.get("learning_rate", 0.1)
        self.gains = [0.0] * len(columns)

    def tree(self, rows, g, h, depth=0):
        total = (sum([g[i] for i in rows]), sum([h[i] for i in rows]), len(rows))
        split = self.best_split(rows, g, h, total) if depth < self.depth else None
        if split is None:
            return {"value": -self.rate * total[0] / (total[1] + self.l2) if total[1] + self.l2 > 0 else 0.0}
        gain, feature, at, missing_left = split
        self.gains[feature] += gain
        bins, missing = self.bins[feature], len(self.cuts[feature]) + 1
        left = [i for i in rows if (missing_left if bins[i] == missing else bins[i] <= at)]
        inside = set(left)
        right = [i for i in rows if i not in inside]
        return {
            "feature": feature,
            "cut": self.cuts[feature][at],
            "missing_left": missing_left,
            "left": self.tree(left, g, h, depth + 1),
            "right": self.tree(right, g, h, depth + 1),
        }

    def worth(self, g, h):
        return g * g / (h + self.l2) if h + self.l2 > 0 else 0.0

    def best_split(self, rows, g, h, total):
        """(gain, feature, last bin on the left, whether missing values go left) of the split that gains most, if one gains."""
        best, base = None, self.worth(total[0], total[1])
        for feature, (bins, cuts) in enumerate(zip(self.bins, self.cuts)):
            sums = [[0.0, 0.0, 0] for _ in range(len(cuts) + 2)]
            for i in rows:
                cell = sums[bins[i]]
                cell[0] += g[i]
                cell[1] += h[i]
                cell[2] += 1
            missing, seen = sums[-1], [0.0, 0.0, 0]
            for at in range(len(cuts)):
                seen = [a + b for a, b in zip(seen, sums[at])]
                for missing_left in (False, True) if missing[2] else (False,):
                    left = [a + b for a, b in zip(seen, missing)] if missing_left else seen
                    right = [a - b for a, b in zip(total, left)]
                    if min(left[2], right[2]) < self.least:
                        continue
                    gain = self.worth(left[0], left[1]) + self.worth(right[0], right[1]) - base
                    if gain > 1e-12 and (best is None or gain > best[0]):
                        best = (gain, feature, at, missing_left)
        return best


def leaf(tree, vector):
    while "value" not in tree:
        x = vector[tree["feature"]]
        goes_left = tree["missing_left"] if x is None else x <= tree["cut"]
        tree = tree["left"] if goes_left else tree["right"]
    return tree["value"]


def chances(scores):
    """Of each class: one score is the log-odds of the second of two."""
    if len(scores) == 1:
        p = 1 / (1 + exp(-scores[0])) if scores[0] > -700 else 0.0
        return [1 - p, p]
    most = max(scores)
    parts = [exp(score - most) for score in scores]
    return [part / sum(parts) for part in parts]


def loss_of(scores, target, classes):
    if not classes:
        return (scores[0] - target) ** 2
    return -log(max(chances(scores)[target], 1e-15))


def gradients(scores, targets, output, classes):
    if not classes:
        return [s[0] - y for s, y in zip(scores, targets)], [1.0] * len(targets)
    label = 1 if len(classes) == 2 else output
    p = [chances(s)[label] for s in scores]
    return [a - (y == label) for a, y in zip(p, targets)], [max(a * (1 - a), 1e-16) for a in p]


def start_of(targets, classes):
    """The best constant; each class counted once more than it is there, so that none is impossible."""
    if not classes:
        return [sum(targets) / len(targets)]
    logs = [log(targets.count(label) + 1) for label in range(len(classes))]
    return [logs[1] - logs[0]] if len(classes) == 2 else logs


def fit(vectors, targets, classes, payload, tell, held=([], [])):
    """`held` are vectors and targets that say when to stop: after as many rounds without a better loss, back to the best one."""
    grower, start = Grower(vectors, payload), start_of(targets, classes)
    rounds, patience = payload.get("rounds", 100), payload.get("early_stopping_rounds", 10)
    scores, held_scores = [start[:] for _ in vectors], [start[:] for _ in held[0]]
    trees, best, best_at = [], None, 0
    for done in range(1, rounds + 1):
        made = []
        for output in range(len(start)):
            g, h = gradients(scores, targets, output, classes)
            made.append(grower.tree(range(len(vectors)), g, h))
        trees.append(made)
        for known, rows in ((scores, vectors), (held_scores, held[0])):
            for row, vector in zip(known, rows):
                row[:] = [s + leaf(tree, vector) for s, tree in zip(row, made)]
        loss = sum(loss_of(s, y, classes) for s, y in zip(held_scores, held[1])) / len(held[1]) if held[1] else None
        tell({"round": done, "rounds": rounds, **({} if loss is None else {"validation_loss": loss})})
        if loss is not None and (best is None or loss < best):
            best, best_at = loss, done
        elif loss is not None and done - best_at >= patience:
            break
    kept = trees[:best_at] if held[1] else trees
    total = sum(grower.gains) or 1.0
    return {"start": start, "trees": kept, "validation_loss": best, "gains": [gain / total for gain in grower.gains]}


def predict(model, vector, is_class):
    scores = model["start"][:]
    for made in model["trees"]:
        scores = [s + leaf(tree, vector) for s, tree in zip(scores, made)]
    if not is_class:
        return scores[0]
    shares = chances(scores)
    return shares, shares.index(max(shares))
