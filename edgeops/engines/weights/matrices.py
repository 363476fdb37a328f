"""An importance matrix as a file: one array of 16-bit floats a tensor, scaled to a largest of 1, in an .npz."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgeops.errors import CatalogError, ModelUnfit

_LEAST = 1e-6
"""Of the largest: 16 bits hold no less, and a column that never matters must not weigh nothing at all."""


def write(matrix: Mapping[str, Any], target: Path) -> None:
    """Write the file in place of target. Only the proportions within a tensor count. Raises CatalogError."""
    scaled = {name: np.maximum(values / max(float(values.max()), 1e-30), _LEAST) for name, values in matrix.items()}
    try:
        with target.open("wb") as file:
            np.savez_compressed(file, **{name: values.astype(np.float16) for name, values in scaled.items()})
    except OSError as error:
        raise CatalogError(f"{target} cannot be written ({error.strerror}); make room, then run this again.") from error


def read(path: Path) -> dict[str, Any]:
    """The matrix, by the names of the tensors. Raises ModelUnfit."""
    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name].astype(np.float32) for name in file.files}
    # numpy raises ValueError and EOFError for what is no archive of arrays.
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ModelUnfit(
            f"{path} is no importance matrix ({error}); make one with `edgeops-quantize matrix`."
        ) from error
    if not found or any(one.ndim != 1 or not np.isfinite(one).all() for one in found.values()):
        raise ModelUnfit(f"{path} holds no importance matrix; make one with `edgeops-quantize matrix`.")
    return found
