"""Price and Greeks of a European option: Monte Carlo with antithetic pairs, and the closed form to compare with.

Estimators: Glasserman, Monte Carlo Methods in Financial Engineering (2003), 4.2 (antithetic variates), 7.2 (pathwise derivatives) and 7.3
(gamma: likelihood ratio of the pathwise delta). Needs only Python's standard library.
"""

import json
import os
import random
from math import erf, exp, log, pi, sqrt

NAMES = ["price", "delta", "gamma", "vega", "theta", "rho"]


def sample(z, p):
    """One path's estimate of the price and each Greek. Theta is a year's, vega and rho are per 1.00."""
    sign, s0, k, r, q, sigma, t = p
    drift = r - q - sigma * sigma / 2
    end = s0 * exp(drift * t + sigma * sqrt(t) * z)
    discount = exp(-r * t)
    payoff = max(sign * (end - k), 0.0)
    slope = sign * discount if payoff > 0 else 0.0
    growth = drift + sigma * z / (2 * sqrt(t))
    return (
        discount * payoff,
        slope * end / s0,
        slope * k * z / (s0 * s0 * sigma * sqrt(t)),
        slope * end * (sqrt(t) * z - sigma * t),
        r * discount * payoff - slope * end * growth,
        slope * end * t - t * discount * payoff,
    )


def simulate(p, pairs, rng):
    """Means and standard errors over antithetic pairs, accumulated by Welford's method."""
    mean, spread = [0.0] * len(NAMES), [0.0] * len(NAMES)
    for n in range(1, pairs + 1):
        z = rng.gauss(0.0, 1.0)
        for i, (a, b) in enumerate(zip(sample(z, p), sample(-z, p))):
            value = (a + b) / 2
            off = value - mean[i]
            mean[i] += off / n
            spread[i] += off * (value - mean[i])
    return mean, [sqrt(s / (pairs - 1) / pairs) for s in spread]


def closed_form(p):
    sign, s0, k, r, q, sigma, t = p
    d1 = (log(s0 / k) + (r - q + sigma * sigma / 2) * t) / (sigma * sqrt(t))
    d2 = d1 - sigma * sqrt(t)
    phi = exp(-d1 * d1 / 2) / sqrt(2 * pi)
    cdf = lambda x: (1 + erf(x / sqrt(2))) / 2
    held, paid = s0 * exp(-q * t) * cdf(sign * d1), k * exp(-r * t) * cdf(sign * d2)
    return (
        sign * (held - paid),
        sign * exp(-q * t) * cdf(sign * d1),
        exp(-q * t) * phi / (s0 * sigma * sqrt(t)),
        s0 * exp(-q * t) * phi * sqrt(t),
        -s0 * exp(-q * t) * phi * sigma / (2 * sqrt(t)) - sign * r * paid + sign * q * held,
        sign * t * paid,
    )


def main():
    with open(os.environ["COMPUTALOT_TASK_PAYLOAD"]) as file:
        payload = json.load(file)
    sign = 1 if payload["kind"] == "call" else -1
    p = (sign, *(payload[name] for name in ("spot", "strike", "rate")), payload.get("dividend", 0.0))
    p = (*p, payload["volatility"], payload["maturity"])
    pairs = max(2, (payload["paths"] + 1) // 2)
    # Chunks of one job take different numbers, and each the same in every attempt.
    chunk = payload.get("_chunk", {}).get("index", 0)
    mean, error = simulate(p, pairs, random.Random(f"{payload.get('seed', 0)}/{chunk}"))
    exact = closed_form(p)
    result = {
        name: {"value": m, "std_error": e, "ci95": [m - 1.96 * e, m + 1.96 * e], "closed_form": x}
        for name, m, e, x in zip(NAMES, mean, error, exact)
    }
    with open(os.environ["COMPUTALOT_TASK_RESULT"], "w") as file:
        json.dump({**result, "paths": 2 * pairs}, file)


main()
