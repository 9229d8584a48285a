"""The same metrics by a bootstrap over rows in numpy: seconds of one replicate, from a few of them.

    python bench/evaluation/row_bootstrap.py ROWS REPLICATES

Done as well as numpy allows: scores are sorted once, and a resample is the number of times that each row was drawn.
"""

import sys
import time

import numpy as np

rows, replicates = int(sys.argv[1]), int(sys.argv[2])
random = np.random.default_rng(1)
truth = random.random(rows) < 0.3


def model():
    score = 1 / (1 + np.exp(-(2 * truth - 1 + random.normal(size=rows))))
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.r_[np.diff(score[order]) != 0, True])
    bins = np.minimum((score * 15).astype(int), 14)
    log = -np.log(np.where(truth, score, 1 - score))
    return score, order, ends, bins, log, score > 0.5


models = [model(), model()]


def metrics(weights, side):
    score, order, ends, bins, log, predicted = side
    cells = np.bincount(2 * truth + predicted, weights, 4)
    tn, fp, fn, tp = cells
    recall, specificity = tp / (tp + fn), tn / (tn + fp)
    precision = tp / (tp + fp)
    chance = (tp + fp) * (tn + fp) + (tn + fn) * (tp + fn)
    found = np.cumsum(np.where(truth, weights, 0)[order])[ends]
    seen = np.cumsum(weights[order])[ends]
    false = seen - found
    gained, passed = np.diff(found, prepend=0), np.diff(false, prepend=0)
    positives, negatives = found[-1], false[-1]
    residuals = np.bincount(bins, weights * (truth - score), 15)
    return [
        (tp + tn) / rows,
        (recall + specificity) / 2,
        precision,
        recall,
        specificity,
        2 * tp / (2 * tp + fp + fn),
        (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)),
        1 - (fp + fn) * rows / chance,
        np.sum(passed * (found - gained / 2)) / (positives * negatives),
        np.sum(gained * found / np.maximum(seen, 1)) / positives,
        found[max(0, np.searchsorted(false, 0.05 * negatives, "right") - 1)] / positives,
        np.sum(weights * log) / rows,
        np.sum(weights * (score - truth) ** 2) / rows,
        np.sum(np.abs(residuals)) / rows,
    ]


start = time.perf_counter()
for _ in range(replicates):
    weights = np.bincount(random.integers(rows, size=rows), minlength=rows)
    np.subtract(metrics(weights, models[0]), metrics(weights, models[1]))
print((time.perf_counter() - start) / replicates)
