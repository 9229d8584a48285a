"""The task of the benchmark as a pandas and scipy user would write it. Prints what it found as JSON.

    python peer_pandas.py REFERENCE CURRENT

The format is told by the ending: .csv, .csv.gz or .jsonl.
"""

import json
import platform
import sys

import numpy as np
import pandas as pd
import scipy
from scipy.stats import ks_2samp

EMAIL = r"[^@ ]+@[^@ ]+\.[a-z]+"
NUMERIC = ["income", "score", "visits"]
FLOOR = 1e-4


def read(path):
    if path.endswith(".jsonl"):
        frame = pd.read_json(path, lines=True)
        frame["ts"] = pd.to_datetime(frame["ts"], format="%Y-%m-%d %H:%M:%S")
        return frame
    return pd.read_csv(path, keep_default_na=False, na_values=[""], parse_dates=["ts"])


def profile(frame):
    return {
        name: {
            "nulls": int(column.isna().sum()),
            "distinct": int(column.nunique()),
            "min": str(column.dropna().min()),
            "max": str(column.dropna().max()),
        }
        for name, column in frame.items()
    }


def psi_of_shares(reference, current):
    reference, current = np.maximum(reference, FLOOR), np.maximum(current, FLOOR)
    return float(np.sum((current - reference) * np.log(current / reference)))


def psi_numeric(reference, current):
    edges = np.concatenate(([-np.inf], np.unique(np.quantile(reference, np.arange(1, 10) / 10)), [np.inf]))
    return psi_of_shares(
        np.histogram(reference, edges)[0] / len(reference), np.histogram(current, edges)[0] / len(current)
    )


def psi_categorical(reference, current):
    """Missing values are a category of their own."""
    left, right = reference.value_counts(dropna=False), current.value_counts(dropna=False)
    every = left.index.union(right.index)
    return psi_of_shares(
        left.reindex(every, fill_value=0).to_numpy() / len(reference),
        right.reindex(every, fill_value=0).to_numpy() / len(current),
    )


def rows_of(frame, mask):
    return [int(row) for row in np.flatnonzero(mask)[:5]]


def main(reference_path, current_path):
    reference, current = read(reference_path), read(current_path)
    bad_email = (current["email"].notna() & ~current["email"].str.fullmatch(EMAIL).fillna(True).astype(bool)).to_numpy()
    bad_age = (current["age"].notna() & ~current["age"].between(0, 120)).to_numpy()
    repeated = current["id"].duplicated().to_numpy()
    drift = {}
    for name in NUMERIC:
        left, right = reference[name].dropna().to_numpy(), current[name].dropna().to_numpy()
        test = ks_2samp(left, right, method="asymp")
        drift[name] = {"ks": float(test.statistic), "p": float(test.pvalue), "psi": psi_numeric(left, right)}
    found = {
        "versions": {
            "Python": platform.python_version(),
            "pandas": pd.__version__,
            "numpy": np.__version__,
            "scipy": scipy.__version__,
        },
        "rows": {"reference": len(reference), "current": len(current)},
        "profile": {"reference": profile(reference), "current": profile(current)},
        "badEmails": int(bad_email.sum()),
        "agesOutOfRange": int(bad_age.sum()),
        "repeatedKeys": int(repeated.sum()),
        "samples": {
            "email": rows_of(current, bad_email),
            "age": rows_of(current, bad_age),
            "id": rows_of(current, repeated),
        },
        "drift": drift,
        "psiCountry": psi_categorical(reference["country"], current["country"]),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:3])
