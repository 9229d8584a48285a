"""Scores data/eval.csv with model.joblib and writes metrics.json and predictions.csv."""

import csv
import json

import joblib
from sklearn.metrics import accuracy_score, f1_score

from table import read_images


def main() -> None:
    # joblib files are pickles: load only the one that train.py has just written here.
    model = joblib.load("model.joblib")
    ids, pixels, digits = read_images("data/eval.csv")
    predicted = model.predict(pixels)

    metrics = {
        "accuracy": float(accuracy_score(digits, predicted)),
        "f1_macro": float(f1_score(digits, predicted, average="macro")),
    }
    with open("metrics.json", "w") as file:
        json.dump(metrics, file, indent=2)
        file.write("\n")
    with open("predictions.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "y_true", "y_pred"])
        writer.writerows(zip(ids, digits, predicted))
    print(metrics)


if __name__ == "__main__":
    main()
