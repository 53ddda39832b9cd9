"""One chunk of a Monte Carlo valuation of a European call under geometric Brownian motion.

Input  {"spot", "strike", "rate", "volatility", "maturity_years", "seed", "total_paths": paths of this chunk, "_chunk": {"start", ...}}
Output {"n", "sum", "sum_sq"} of the discounted payoffs, which add up over chunks
"""

import json
import math
import os
import random


def simulate(task):
    # The first path's number makes every chunk's random numbers its own, however often the chunk is run.
    draw = random.Random(f"{task['seed']}:{task['_chunk']['start']}").gauss
    years, sigma = task["maturity_years"], task["volatility"]
    drift = (task["rate"] - sigma**2 / 2) * years
    spread = sigma * math.sqrt(years)
    discount = math.exp(-task["rate"] * years)
    n, total, total_sq = task["total_paths"], 0.0, 0.0
    for path in range(1, n + 1):
        final = task["spot"] * math.exp(drift + spread * draw(0.0, 1.0))
        payoff = discount * max(final - task["strike"], 0.0)
        total += payoff
        total_sq += payoff * payoff
        if path % 10_000 == 0:
            print("COMPUTALOT_PROGRESS:" + json.dumps({"done": path, "total": n}), flush=True)
    return {"n": n, "sum": total, "sum_sq": total_sq}


def main():
    with open(os.environ["COMPUTALOT_TASK_PAYLOAD"]) as file:
        result = simulate(json.load(file))
    print(f"{result['n']} paths, mean {result['sum'] / result['n']:.4f}")
    with open(os.environ["COMPUTALOT_TASK_RESULT"], "w") as file:
        json.dump(result, file)


main()
