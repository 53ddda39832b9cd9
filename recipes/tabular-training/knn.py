"""k nearest neighbours by Euclidean distance."""

from heapq import nsmallest
from math import sqrt


def fit(vectors, targets, classes, payload, _tell):
    return {
        "k": payload.get("k", 5),
        "weights": payload.get("weights", "uniform"),
        "vectors": vectors,
        "targets": targets,
        "class_count": len(classes) if classes else None,
    }


def predict(model, vector):
    """Of classes the share of each among the neighbours, and the most frequent one, of equals the nearest; else the mean."""
    near = nsmallest(
        model["k"],
        ((sum((a - b) ** 2 for a, b in zip(vector, other)), at) for at, other in enumerate(model["vectors"])),
    )
    # Who stands on the very place decides alone.
    is_here = near[0][0] == 0
    by_distance = model["weights"] == "distance"
    weights = [1.0 if not by_distance else float(d == 0) if is_here else 1 / sqrt(d) for d, _ in near]
    targets, total = [model["targets"][at] for _, at in near], sum(weights)
    if model["class_count"] is None:
        return sum(w * y for w, y in zip(weights, targets)) / total
    shares = [0.0] * model["class_count"]
    for w, label in zip(weights, targets):
        shares[label] += w / total
    most = max(shares)
    return shares, next(label for label in targets if shares[label] >= most - 1e-12)
