"""Writes pickles and models into a folder, and prints what CPython's own modules say of opcodes and names."""

import _compat_pickle
import collections
import datetime
import decimal
import json
import os
import pickle
import pickletools
import sys
import warnings

import joblib
import numpy as np
import scipy.sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression, PoissonRegressor, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, LabelEncoder, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

warnings.filterwarnings("ignore")
os.chdir(sys.argv[1])
X, y = make_classification(200, 6, random_state=0)
words = ["good model", "bad model", "no model"] * 20

looped = [1]
looped.append(looped)
shared = ("x" * 300, b"y" * 300)
values = {
    "values": [None, True, False, 0, -1, 255, 65536, 2**31, -(2**40), 10**400, 1.5, float("nan"), float("inf"), 1j],
    "texts": ["", "a'b\"c\\d\n\t\r", "é\u1234\U0001f600", "\\u0041", "x" * 70000, b"", b"\x00\xff", bytearray(b"z")],
    "containers": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], {}, {1: {2: {3: ()}}}, {1, 2}, frozenset([3])],
    "many": list(range(5000)) + [str(i) for i in range(5000)] + [{i: (i, str(i))} for i in range(2000)],
    "looped": [looped, shared, shared, shared],
    "standard": [
        collections.OrderedDict(a=1),
        collections.defaultdict(list, a=[1]),
        collections.Counter("abca"),
        collections.deque([1, 2], 5),
        datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc),
        decimal.Decimal("1.5"),
        slice(1, 2),
        range(3),
        ValueError("x"),
    ],
    "arrays": [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.ones((3, 2), dtype=">i2")),
        np.array([True]),
        np.array(["a", "bc"]),
        np.array([b"a"]),
        np.array(["2024-01-01"], dtype="M8[D]"),
        np.zeros(2, dtype=[("a", "i4"), ("b", "f8")]),
        np.array([1, "x", None, {"k": [1]}], dtype=object),
        np.array([[1, 2], [3, None]], dtype=object),
        np.float32(1),
        np.int64(2),
        np.ma.masked_array([1.0, 2.0], [0, 1]),
        np.random.RandomState(1),
        np.random.default_rng(1),
        scipy.sparse.csr_matrix(np.eye(3)),
        scipy.sparse.coo_array(np.eye(3)),
    ],
}
models = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y),
    "forest": RandomForestClassifier(5).fit(X, y),
    "boosting": GradientBoostingClassifier(n_estimators=5).fit(X, y),
    "classes": GradientBoostingClassifier(n_estimators=3).fit(X, np.arange(len(X)) % 3),
    "hists": HistGradientBoostingClassifier(max_iter=3).fit(X, np.arange(len(X)) % 3),
    "hist": HistGradientBoostingClassifier(max_iter=5).fit(X, y),
    "isolation": IsolationForest(n_estimators=5).fit(X),
    "voting": VotingClassifier([("a", GaussianNB()), ("b", SVC())]).fit(X, y),
    "calibrated": CalibratedClassifierCV(SGDClassifier()).fit(X, y),
    "clusters": KMeans(2, n_init=1).fit(X),
    "text": make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(words, [0, 1, 1] * 20),
    "gaussian": GaussianProcessClassifier().fit(X[:30], y[:30]),
    "poisson": PoissonRegressor().fit(X, y),
    "search": GridSearchCV(LogisticRegression(), {"C": [1, 10]}).fit(X, y),
    "neighbours": KNeighborsClassifier().fit(X, y),
    "network": MLPClassifier((5,), max_iter=5).fit(X, y),
    "columns": ColumnTransformer([("a", OneHotEncoder(), [0]), ("b", StandardScaler(), slice(1, 3))]).fit(X, y),
    "labels": LabelEncoder().fit(np.array(["a", "b", None], dtype=object)[:2]),
    "function": FunctionTransformer(np.log1p).fit(X),
}
for name, value in {**values, **models}.items():
    for protocol in range(6):
        with open(f"{name}.{protocol}.pkl", "wb") as file:
            pickle.dump(value, file, protocol=protocol)
    with open(f"{name}.optimized.pkl", "wb") as file:
        file.write(pickletools.optimize(pickle.dumps(value)))
    joblib.dump(value, f"{name}.joblib")
for name in ("logistic", "forest", "arrays"):
    for method in ("zlib", "gzip", "bz2", "xz", "lzma"):
        joblib.dump({**values, **models}[name], f"{name}.{method}.joblib", compress=(method, 3))
for at, value in enumerate(values["arrays"][:9]):
    np.save(f"array{at}.npy", value)
np.savez("arrays.npz", *values["arrays"][:9])
np.savez_compressed("compressed.npz", *values["arrays"][:9])

opcodes = {ord(one.code): one.name for one in pickletools.opcodes}
names = [[*old, *new] for old, new in _compat_pickle.NAME_MAPPING.items()]
print(json.dumps({"opcodes": opcodes, "modules": _compat_pickle.IMPORT_MAPPING, "names": names}))
