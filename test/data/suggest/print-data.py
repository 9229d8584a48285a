"""Prints one of scikit-learn's bundled data sets as CSV: print-data.py iris"""

import csv
import sys

from sklearn import datasets

data = getattr(datasets, "load_" + sys.argv[1])()
writer = csv.writer(sys.stdout, lineterminator="\n")
names = [str(name).replace(" ", "_").replace("(", "").replace(")", "").replace("/", "_") for name in data.feature_names]
writer.writerow([*names, "target"])
labels = getattr(data, "target_names", None)
for row, target in zip(data.data.tolist(), data.target.tolist()):
    writer.writerow([*row, labels[target] if labels is not None and isinstance(target, int) else target])
