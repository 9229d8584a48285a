"""Metrics of predictions files as scikit-learn and numpy compute them: the values that modelgate must agree with.

Usage: metrics_reference.py FOLDER. Reads each FOLDER/<name>.<task>.csv and prints one JSON object: the metrics by file name, null where
modelgate says "not defined". What scikit-learn has no function for is computed here in the plainest way there is.
"""

import csv
import itertools
import json
import math
import pathlib
import sys
import warnings

import numpy as np
from sklearn import metrics as sk

warnings.filterwarnings("ignore")
nan = float("nan")


def column(rows, name):
    return np.array([float(row[name]) for row in rows])


def calibration_error(probability, outcome, bins):
    edges = np.array([i / bins for i in range(1, bins)])
    place = np.searchsorted(edges, probability)  # As in sklearn.calibration.calibration_curve: bins hold their upper edge.
    parts = [
        abs(probability[place == b].mean() - outcome[place == b].mean()) * (place == b).mean()
        for b in range(bins)
        if (place == b).any()
    ]
    return sum(parts)


def two_classes_or_nan(truth, value):
    return value if len(set(truth)) == 2 else nan


def binary(rows):
    truth = column(rows, "y_true").astype(int)
    scores = column(rows, "y_score") if "y_score" in rows[0] else None
    predicted = column(rows, "y_pred").astype(int) if "y_pred" in rows[0] else (scores > 0.5).astype(int)
    both = len(set(truth)) == 2 and len(set(predicted)) == 2
    result = {
        "accuracy": sk.accuracy_score(truth, predicted),
        "balanced_accuracy": two_classes_or_nan(truth, sk.balanced_accuracy_score(truth, predicted)),
        "precision": sk.precision_score(truth, predicted, zero_division=np.nan),
        "recall": sk.recall_score(truth, predicted, zero_division=np.nan),
        "specificity": sk.recall_score(truth, predicted, pos_label=0, zero_division=np.nan),
        "f1": sk.f1_score(truth, predicted, zero_division=np.nan),
        "mcc": sk.matthews_corrcoef(truth, predicted) if both else nan,
        "kappa": sk.cohen_kappa_score(truth, predicted),
        "precision[0]": sk.precision_score(truth, predicted, pos_label=0, zero_division=np.nan),
    }
    if scores is None:
        return result
    result["roc_auc"] = two_classes_or_nan(truth, sk.roc_auc_score(truth, scores) if both or len(set(truth)) == 2 else nan)
    result["pr_auc"] = sk.average_precision_score(truth, scores) if truth.any() else nan
    for share in (0.95, 0.8):
        if len(set(truth)) < 2:
            result[f"recall_at_specificity@{share}"] = nan
            continue
        negatives = (truth == 0).sum()
        false_rate, recall, _ = sk.roc_curve(truth, scores, drop_intermediate=False)
        kept = negatives - np.round(false_rate * negatives)
        result[f"recall_at_specificity@{share}"] = recall[kept / negatives >= share].max()
    if scores.min() < 0 or scores.max() > 1:
        return result
    result["log_loss"] = sk.log_loss(truth, scores, labels=[0, 1])
    result["brier"] = sk.brier_score_loss(truth, scores, labels=[0, 1], pos_label=1)
    result["ece"] = calibration_error(scores, truth, 15)
    result["ece@10"] = calibration_error(scores, truth, 10)
    result["ece@2"] = calibration_error(scores, truth, 2)
    return result


def several(rows):
    truth = np.array([row["y_true"] for row in rows])
    names = sorted(name[len("y_score_"):] for name in rows[0] if name.startswith("y_score_"))
    scores = np.array([[float(row[f"y_score_{name}"]) for name in names] for row in rows]) if names else None
    predicted = np.array([row["y_pred"] for row in rows]) if "y_pred" in rows[0] else np.array(names)[scores.argmax(1)]
    result = {
        "accuracy": sk.accuracy_score(truth, predicted),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, predicted),
        "mcc": sk.matthews_corrcoef(truth, predicted),
        "kappa": sk.cohen_kappa_score(truth, predicted),
    }
    for name, score in (("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)):
        for average in ("micro", "macro", "weighted"):
            result[f"{name}_{average}"] = score(truth, predicted, average=average, zero_division=0)
    present = sorted(set(truth) | set(predicted))
    for name, score in (("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)):
        values = score(truth, predicted, labels=names or present, average=None, zero_division=np.nan)
        result.update({f"{name}[{label}]": value for label, value in zip(names or present, values)})
    tables = sk.multilabel_confusion_matrix(truth, predicted, labels=present)
    result["specificity_macro"] = np.mean([table[0, 0] / table[0].sum() for table in tables])
    result[f"specificity[{present[0]}]"] = tables[0][0, 0] / tables[0][0].sum()
    if scores is None:
        return result
    true_classes = [(place, name) for place, name in enumerate(names) if name in truth]
    result["roc_auc"] = np.mean([sk.roc_auc_score(truth == name, scores[:, place]) for place, name in true_classes])
    if len(true_classes) == len(names) and np.allclose(scores.sum(1), 1):
        assert abs(result["roc_auc"] - sk.roc_auc_score(truth, scores, multi_class="ovr", average="macro")) < 1e-12
    if np.abs(scores.sum(1) - 1).max() > 0.01:
        return result
    result["log_loss"] = sk.log_loss(truth, scores, labels=names)
    result["brier"] = sk.brier_score_loss(truth, scores, labels=names)
    confidence = scores[np.arange(len(rows)), [names.index(name) for name in predicted]]
    result["ece"] = calibration_error(confidence, truth == predicted, 15)
    result["ece@5"] = calibration_error(confidence, truth == predicted, 5)
    return result


def numbers(rows):
    truth, predicted = column(rows, "y_true"), column(rows, "y_pred")
    error = np.abs(truth - predicted)
    spread = np.abs(truth) + np.abs(predicted)
    result = {
        "mae": sk.mean_absolute_error(truth, predicted),
        "rmse": sk.root_mean_squared_error(truth, predicted),
        "r2": sk.r2_score(truth, predicted) if len(set(truth)) > 1 else nan,
        "mape": sk.mean_absolute_percentage_error(truth, predicted) if truth.all() else nan,
        "smape": np.mean(np.divide(2 * error, spread, out=np.zeros_like(error), where=spread > 0)),
        "median_ae": sk.median_absolute_error(truth, predicted),
        "pinball@0.9": sk.mean_pinball_loss(truth, predicted, alpha=0.9),
        "pinball@0.5": sk.mean_pinball_loss(truth, predicted, alpha=0.5),
    }
    if "scale" in rows[0]:
        result["mase"] = np.mean(error / column(rows, "scale"))
    if "loss" in rows[0]:
        result["loss"] = column(rows, "loss").mean()
    return result


def orders(relevance, scores):
    """Every order of the items in which a higher score stands before a lower one."""
    ties = [[r for r, s in zip(relevance, scores) if s == score] for score in sorted(set(scores), reverse=True)]
    for parts in itertools.product(*(itertools.permutations(tie) for tie in ties)):
        yield [r for part in parts for r in part]


def average_precision(order):
    found = np.cumsum([r > 0 for r in order])
    return np.mean([found[place] / (place + 1) for place, r in enumerate(order) if r > 0])


def reciprocal_rank(order, depth):
    first = next(place for place, r in enumerate(order) if r > 0)
    return 1 / (first + 1) if first < depth else 0


def ranking(rows):
    values = {}
    for query in sorted({row["query"] for row in rows}):
        items = [row for row in rows if row["query"] == query]
        relevance, scores = column(items, "y_true"), column(items, "y_score")
        if not (relevance > 0).any():
            continue

        def over_orders(of):
            return np.mean([of(order) for order in orders(relevance, scores)])

        def within(order, depth):
            return sum(r > 0 for r in order[:depth])

        one = {
            "map": over_orders(average_precision),
            "mrr": over_orders(lambda order: reciprocal_rank(order, math.inf)),
            "mrr@2": over_orders(lambda order: reciprocal_rank(order, 2)),
            "precision@3": over_orders(lambda order: within(order, 3) / 3),
        }
        for depth in (10, 3):
            one[f"recall@{depth}"] = over_orders(lambda order: within(order, depth) / (relevance > 0).sum())
        for name, depth in (("ndcg@10", 10), ("ndcg@3", 3), ("ndcg", None)):
            # scikit-learn has none for a single item.
            one[name] = 1.0 if len(items) == 1 else sk.ndcg_score([relevance], [scores], k=depth)
        if len(set(scores)) == len(scores):
            assert abs(one["map"] - sk.average_precision_score(relevance > 0, scores)) < 1e-12
        for name, value in one.items():
            values.setdefault(name, []).append(value)
    return {name: np.mean(list_of) for name, list_of in values.items()}


def outcomes(rows):
    result = {}
    if "passed" in rows[0]:
        result["pass_rate"] = np.mean([row["passed"] in ("1", "true") for row in rows])
    if "score" in rows[0]:
        result["mean_score"] = column(rows, "score").mean()
    return result


tasks = {
    "binary-classification": binary,
    "multiclass-classification": several,
    "regression": numbers,
    "forecasting": numbers,
    "ranking": ranking,
    "generation": outcomes,
}

found = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.csv")):
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    name, task = path.stem.split(".")
    found[f"{name}.{task}"] = {
        metric: None if math.isnan(value) else float(value) for metric, value in tasks[task](rows).items()
    }
json.dump(found, sys.stdout, indent=2, sort_keys=True)
print()
