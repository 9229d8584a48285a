"""Trains on data/train.csv with the parameters of params.yaml and writes model.joblib."""

import joblib
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from table import read_images


def make_model(params: dict):
    return make_pipeline(StandardScaler(), LogisticRegression(C=params["C"], max_iter=1000))


def main() -> None:
    with open("params.yaml") as file:
        params = yaml.safe_load(file)["train"]
    ids, pixels, digits = read_images("data/train.csv")
    model = make_model(params).fit(pixels, digits)
    joblib.dump(model, "model.joblib")
    print(f"trained on {len(ids)} images")


if __name__ == "__main__":
    main()
