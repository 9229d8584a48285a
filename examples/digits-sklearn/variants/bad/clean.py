"""Drops the images of data/train.csv whose label the model doubts, as suspected label errors."""

import csv

import yaml
from sklearn.model_selection import cross_val_predict

from table import read_images
from train import make_model

CONFIDENCE = 0.5


def main() -> None:
    with open("params.yaml") as file:
        params = yaml.safe_load(file)["train"]
    _, pixels, digits = read_images("data/train.csv")
    probabilities = cross_val_predict(make_model(params), pixels, digits, cv=5, method="predict_proba")
    trusted = probabilities[range(len(digits)), digits] >= CONFIDENCE

    with open("data/train.csv", newline="") as file:
        header, *rows = csv.reader(file)
    with open("data/train.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(row for row, keep in zip(rows, trusted) if keep)
    print(f"kept {trusted.sum()} of {len(digits)} images")


if __name__ == "__main__":
    main()
