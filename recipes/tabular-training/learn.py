"""Models: trained on rows of a table, applied to others, judged, and as JSON that can be read back."""

import random
from math import fsum, log, sqrt

import boosting
import knn
from table import Encoder, number


def shuffled(rows, seed):
    order = list(range(len(rows)))
    random.Random(str(seed)).shuffle(order)
    return [rows[i] for i in order]


def targets_of(header, rows, target, classes):
    texts = [row[header.index(target)] for row in rows]
    return [number(text) for text in texts] if classes is None else [classes.index(text) for text in texts]


def train(header, rows, classes, payload, tell=lambda _: None):
    """A model of `payload["target"]`; rows that say when boosting stops are the last ones."""
    kind, target = payload["model"], payload["target"]
    encoding = payload.get("encoding", "one_hot") if kind == "knn" else payload.get("encoding", "codes")
    if kind == "knn" and encoding == "codes":
        raise SystemExit("knn needs the encoding one_hot: codes have no distances")
    share = payload.get("validation_fraction", 0.0) if kind == "boosting" else 0.0
    held = rows[len(rows) - round(share * len(rows)) :]
    rows = rows[: len(rows) - len(held)]
    if not rows:
        raise SystemExit("no rows are left to train on")
    encoder = Encoder.fit(header, rows, target, payload, encoding)
    parts = [(encoder.encode(header, part), targets_of(header, part, target, classes)) for part in (rows, held)]
    (vectors, targets), held = parts
    fitted = (
        knn.fit(vectors, targets, classes, payload, tell)
        if kind == "knn"
        else boosting.fit(vectors, targets, classes, payload, tell, held)
    )
    state = {"format": 1, "kind": kind, "target": target, "classes": classes, "encoder": encoder.state()}
    return {**state, "features": encoder.names(), "fitted": fitted}


def apply(model, header, rows):
    """For each row a number, or the shares of the classes and the class."""
    encoder, fitted, classes = Encoder(**model["encoder"]), model["fitted"], model["classes"]
    vectors = encoder.encode(header, rows)
    if model["kind"] == "knn":
        return [knn.predict(fitted, vector) for vector in vectors]
    return [boosting.predict(fitted, vector, classes is not None) for vector in vectors]


def judge(predictions, targets, classes):
    n = len(targets)
    if classes is not None:
        right = sum(label == y for (_, label), y in zip(predictions, targets))
        loss = -fsum(log(max(shares[y], 1e-15)) for (shares, _), y in zip(predictions, targets)) / n
        return {"accuracy": right / n, "log_loss": loss}
    mean = fsum(targets) / n
    squares = fsum((p - y) ** 2 for p, y in zip(predictions, targets))
    spread = fsum((y - mean) ** 2 for y in targets)
    return {
        "rmse": sqrt(squares / n),
        "mae": fsum(abs(p - y) for p, y in zip(predictions, targets)) / n,
        "r2": 1 - squares / spread if spread > 0 else None,
    }
