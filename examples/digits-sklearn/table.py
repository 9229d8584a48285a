"""Reads the image tables: id, p0..p63 (8x8 pixels, row by row, 0..16), digit."""

import csv
from pathlib import Path

import numpy as np

PIXELS = [f"p{i}" for i in range(64)]


def read_images(path: Path | str) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Returns the ids, the pixels (one row per image) and the digits."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    ids = [row["id"] for row in rows]
    pixels = np.array([[int(row[name]) for name in PIXELS] for row in rows])
    digits = np.array([int(row["digit"]) for row in rows])
    return ids, pixels, digits
