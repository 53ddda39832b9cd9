"""Leave-one-out accuracy of k-nearest-neighbours on Fisher's iris data, for every k of the payload's `ks`.

Input  {"ks": [int, ...]}
Output {"results": [{"k", "correct", "total", "accuracy"}, ...]} in the order of `ks`
"""

import csv
import json
import os
from collections import Counter


def load(path):
    """Rows as (features in whole millimetres, species): integers keep distances exact, so ties are real ties."""
    with open(path, newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [([round(float(cell) * 10) for cell in row[:4]], row[4]) for row in rows]


def neighbours(flowers, index):
    """The species of all other flowers, nearest first; equally near ones in the order of the file."""
    here = flowers[index][0]
    others = (
        (sum((a - b) ** 2 for a, b in zip(here, there)), position, species)
        for position, (there, species) in enumerate(flowers)
        if position != index
    )
    return [species for _, _, species in sorted(others)]


def vote(species):
    """The most frequent one; among equals the one met first, which is the nearest."""
    return Counter(species).most_common(1)[0][0]


def main():
    with open(os.environ["COMPUTALOT_TASK_PAYLOAD"]) as file:
        ks = json.load(file)["ks"]
    flowers = load("data/iris.csv")
    print(f"{len(flowers)} flowers, k = {ks}", flush=True)
    correct = dict.fromkeys(ks, 0)
    for index, (_, truth) in enumerate(flowers):
        nearest = neighbours(flowers, index)
        for k in ks:
            correct[k] += vote(nearest[:k]) == truth
        if (index + 1) % 30 == 0:
            print("COMPUTALOT_PROGRESS:" + json.dumps({"done": index + 1, "total": len(flowers)}), flush=True)
    total = len(flowers)
    results = [{"k": k, "correct": correct[k], "total": total, "accuracy": correct[k] / total} for k in ks]
    for result in results:
        print(f"k = {result['k']}: {result['correct']} of {total} right ({result['accuracy']:.4f})", flush=True)
    with open(os.environ["COMPUTALOT_TASK_RESULT"], "w") as file:
        json.dump({"results": results}, file)


main()
