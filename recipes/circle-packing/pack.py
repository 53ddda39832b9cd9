"""Packings of circles in the unit square: judged, or searched for from many random starts.

Two problems: `equal_radius`, the largest common radius of n circles (best known values: Specht, packomania.com), and `sum_of_radii`, the
largest sum of the radii of n circles of any sizes (Friedman, erich-friedman.github.io/packing). Needs only Python's standard library.
"""

import json
import os
import random

from evaluate import evaluate
from improve import equal, improve, score


def tell(done, total, best):
    print("COMPUTALOT_PROGRESS:" + json.dumps({"done": done, "total": total, "best": best}), flush=True)


def state_path():
    folder = os.environ.get("COMPUTALOT_CHECKPOINT_DIR")
    return folder and os.path.join(folder, "search.json")


def restored():
    """Starts done by an earlier attempt, and the best packing of them."""
    path = state_path()
    if not path or not os.path.exists(path):
        return 0, None
    with open(path) as file:
        state = json.load(file)
    print(f"going on after {state['done']} starts", flush=True)
    return state["done"], state["best"]


def save(done, best):
    """All at once: whoever copies the folder meanwhile finds the old state or the new one."""
    path = state_path()
    if path:
        with open(path + ".new", "w") as file:
            json.dump({"done": done, "best": best}, file)
        os.replace(path + ".new", path)


def optimize(payload):
    n, starts, problem = payload["n"], payload["starts"], payload["problem"]
    is_equal = problem == "equal_radius"
    # A start is known by its number among all of the job, so that chunks together do what one task would.
    first = payload.get("_chunk", {}).get("start", 0)
    # The strategies of a benchmark start from the same points.
    seed = payload.get("seed", payload.get("_benchmark", {}).get("seed", 0))
    done, best = restored()
    for at in range(done, starts):
        rng = random.Random(f"{seed}/{first + at}")
        found = improve(equal([(rng.random(), rng.random()) for _ in range(n)]), is_equal)
        if best is None or score(found, is_equal) > score(best["circles"], is_equal):
            best = {"start": first + at, "circles": found}
            print(f"start {first + at}: {score(found, is_equal)!r}", flush=True)
        save(at + 1, best)
        tell(at + 1, starts, score(best["circles"], is_equal))
    return {**evaluate(best["circles"], problem), **best, "starts": starts}


def evaluate_batch(payload):
    packings = payload["packings"]
    results = []
    for at, circles in enumerate(packings):
        results.append(evaluate(circles, payload["problem"], payload.get("tolerance", 1e-12)))
        tell(at + 1, len(packings), max(result["score"] for result in results))
    feasible = [at for at, result in enumerate(results) if result["feasible"]]
    best = max(feasible, key=lambda at: results[at]["score"], default=None)
    return {"results": results, "best": best, "score": None if best is None else results[best]["score"]}


def run(payload):
    payload.setdefault("problem", "equal_radius")
    if payload["operation"] == "evaluate":
        return evaluate(payload["circles"], payload["problem"], payload.get("tolerance", 1e-12))
    return optimize(payload) if payload["operation"] == "optimize" else evaluate_batch(payload)


def main():
    with open(os.environ["COMPUTALOT_TASK_PAYLOAD"]) as file:
        payload = json.load(file)
    result = run(payload)
    with open(os.environ["COMPUTALOT_TASK_RESULT"], "w") as file:
        json.dump(result, file)


main()
