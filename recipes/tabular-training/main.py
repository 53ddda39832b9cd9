"""Models of a column of a CSV file: trained with metrics of rows that were kept aside, cross-validated, and used to predict.

k nearest neighbours and gradient-boosted trees. Needs only Python's standard library.
"""

import csv
import json
import os
from math import sqrt

from learn import apply, judge, shuffled, targets_of, train
from table import number, read_table

SHOWN = 10_000


def tell(progress):
    print("COMPUTALOT_PROGRESS:" + json.dumps(progress), flush=True)


def input_path(name):
    path = os.path.join(os.environ["COMPUTALOT_INPUTS_DIR"], name)
    if not os.path.isfile(path):
        raise SystemExit(f"there is no input {name}: name one in payload._artifacts.download, or give its content")
    return path


def table_of(payload):
    if "csv" in payload:
        return read_table(payload["csv"].splitlines(keepends=True))
    with open(input_path(payload.get("input", "dataset")), newline="", encoding="utf-8-sig") as file:
        return read_table(file)


def examples_of(payload):
    """(header, shuffled rows with a target, classes or None, what was left out)."""
    header, rows = table_of(payload)
    target = payload["target"]
    if target not in header:
        raise SystemExit(f"the CSV has no column {target}; it has {', '.join(header)}")
    at = header.index(target)
    known = [row for row in rows if row[at] is not None]
    if len(known) < 2:
        raise SystemExit(f"the CSV has {len(known)} rows with a value of {target}; at least 2 are needed")
    left_out = [f"{len(rows) - len(known)} rows without {target} were left out"] if len(known) < len(rows) else []
    if payload["task"] == "regression":
        wrong = next((row[at] for row in known if number(row[at]) is None), None)
        if wrong is not None:
            raise SystemExit(f"{target} must be numbers to be regressed; there is {wrong!r}")
    classes = sorted({row[at] for row in known}) if payload["task"] == "classification" else None
    if classes is not None and not 2 <= len(classes) <= 100:
        raise SystemExit(f"{target} has {len(classes)} different values; a classification needs 2 to 100")
    return header, shuffled(known, seed_of(payload)), classes, left_out


def seed_of(payload):
    """The strategies of a benchmark get the same rows."""
    return payload.get("seed", payload.get("_benchmark", {}).get("seed", 0))


def run_train(payload):
    header, rows, classes, warnings = examples_of(payload)
    kept = round(payload.get("test_fraction", 0.2) * len(rows))
    test, rest = rows[:kept], rows[kept:]
    model = train(header, rest, classes, {"validation_fraction": 0.2, **payload}, tell)
    truth = targets_of(header, test, payload["target"], classes)
    metrics = judge(apply(model, header, test), truth, classes) if test else {}
    with open(os.path.join(os.environ["COMPUTALOT_ARTIFACTS_DIR"], "model.json"), "w") as file:
        json.dump(model, file)
    fitted = model["fitted"]
    trees = {} if "trees" not in fitted else {
        "rounds": len(fitted["trees"]),
        "validation_loss": fitted["validation_loss"],
        "importance": dict(sorted(zip(model["features"], fitted["gains"]), key=lambda pair: -pair[1])),
    }
    shape = {"classes": classes, "features": model["features"], "train_rows": len(rest), "test_rows": len(test)}
    return {**metrics, **trees, **shape, "model": "model.json", "_warnings": warnings}


def run_cross_validate(payload):
    """Each row is predicted once, by a model that has not seen it; the metrics are of all rows together."""
    header, rows, classes, warnings = examples_of(payload)
    asked = payload.get("folds", 5)
    folds = len(rows) if asked == "leave_one_out" else asked
    if folds > len(rows):
        raise SystemExit(f"{len(rows)} rows cannot be cut into {folds} folds")
    target, predictions, truth, each = payload["target"], [], [], []
    for fold in range(folds):
        test, rest = rows[fold::folds], [row for at, row in enumerate(rows) if at % folds != fold]
        found = apply(train(header, rest, classes, payload), header, test)
        actual = targets_of(header, test, target, classes)
        predictions, truth = predictions + found, truth + actual
        each.append(judge(found, actual, classes))
        tell({"fold": fold + 1, "folds": folds, **judge(predictions, truth, classes)})
    shown = {"per_fold": each, "std": spread_of(each)} if asked != "leave_one_out" else {}
    return {**judge(predictions, truth, classes), "rows": len(rows), "folds": folds, **shown, "_warnings": warnings}


def spread_of(each):
    """Standard deviation (of a sample) of each metric over the folds."""
    out = {}
    for name in each[0]:
        values = [metrics[name] for metrics in each if metrics[name] is not None]
        mean = sum(values) / max(1, len(values))
        out[name] = sqrt(sum((x - mean) ** 2 for x in values) / (len(values) - 1)) if len(values) > 1 else None
    return out


def run_predict(payload):
    if "trained" in payload:
        model = payload["trained"]
    else:
        with open(input_path(payload.get("model_input", "model"))) as file:
            model = json.load(file)
    if model.get("format") != 1 or "fitted" not in model:
        raise SystemExit("the model is none that this recipe has made")
    header, rows = table_of(payload)
    found, classes, target = apply(model, header, rows), model["classes"], model["target"]
    labels = found if classes is None else [classes[label] for _, label in found]
    with open(os.path.join(os.environ["COMPUTALOT_ARTIFACTS_DIR"], "predictions.csv"), "w", newline="") as file:
        out = csv.writer(file)
        out.writerow([target] if classes is None else [target, *(f"p({name})" for name in classes)])
        out.writerows([label] if classes is None else [label, *shares[0]] for label, shares in zip(labels, found))
    return {"rows": len(rows), "predictions": labels[:SHOWN], "file": "predictions.csv"}


def main():
    with open(os.environ["COMPUTALOT_TASK_PAYLOAD"]) as file:
        payload = json.load(file)
    run = {"train": run_train, "cross_validate": run_cross_validate, "predict": run_predict}[payload["operation"]]
    result = run(payload)
    with open(os.environ["COMPUTALOT_TASK_RESULT"], "w") as file:
        json.dump(result, file)


main()
