"""The sentence embedder: Google's Universal Sentence Encoder multilingual v3, cut to English and Chinese, in numpy.

512 numbers a text. Three convolutions over the pieces (2, 3 and 5 wide, two layers each), a sum over the text
and a small dense net. `models/embedder/README.md` says where the weights come from and how they were cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

# numpy: the arithmetic; llama-cpp-python needs it anyhow. (No model runtime: it executes nothing that is in the weights.)
import numpy as np

from edgeops.errors import KnowledgeError
from edgeops.knowledge.pieces import Pieces

FOLDER = Path(__file__).parent / "weights"
SIZE = 512
LONGEST = 160
"""Pieces read of a text; what comes later hardly moves the sum and costs as much time."""
_BATCH = 512
_WIDTH = 256
_ORDERS = ((2, 0), (3, 1), (5, 2))
"""Width of each convolution, and how many of its pieces stand before the one it is for."""
_GAP = 2
"""Empty rows between two texts, so that no convolution sees both."""
_TINY = 1e-12


class Network:
    """Takes some 0.1 s to load; the table of pieces stays on disk and is mapped. Raises KnowledgeError."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._weights = self._load()

    def embed(self, texts: Sequence[str]) -> Any:
        """A float32 array, a row of length 1 for each text."""
        split = [self._pieces.split(text, LONGEST) for text in texts]
        rows = np.empty((len(texts), SIZE), dtype=np.float32)
        start = 0
        while start < len(split):
            end, pieces = start, 0
            while end < len(split) and (end == start or pieces + len(split[end]) <= _BATCH):
                pieces += len(split[end])
                end += 1
            rows[start:end] = self._forward(split[start:end])
            start = end
        return rows

    def _load(self) -> dict[str, Any]:
        try:
            with (self._folder / "pieces.txt").open(encoding="utf-8") as lines:
                self._pieces = Pieces(lines)
            self._table = np.load(self._folder / "table.npy", mmap_mode="r", allow_pickle=False)
            with np.load(self._folder / "dense.npz", allow_pickle=False) as stored:
                weights = {name: stored[name].astype(np.float32) for name in stored.files}
        except (OSError, ValueError, KeyError) as error:
            raise KnowledgeError(
                f"The embedder in {self._folder} cannot be read ({error}); reinstall edgeops."
            ) from error
        for name in ("proj", "proj_b", "ln_g", "ln_b"):
            parts = [weights.pop(f"{name}{width}") for width, _ in _ORDERS]
            weights[f"{name}_all"] = np.concatenate(parts, axis=-1)
        return weights

    def _forward(self, split: Sequence[Sequence[int]]) -> Any:
        """The vectors of a few texts, their pieces in one matrix with empty rows between the texts."""
        w = self._weights
        lengths = np.array([len(pieces) for pieces in split])
        starts = np.cumsum(lengths + _GAP) - lengths
        numbers = np.concatenate([np.pad(pieces, (_GAP, 0)) for pieces in split])
        filled = np.ones((len(numbers), 1), dtype=np.float32)
        for start in starts:
            filled[start - _GAP : start] = 0
        words = (self._table[numbers] * w["scale"][numbers, None] + w["low"][numbers, None]) * filled
        projected = _levelled(words @ w["proj_all"] + w["proj_b_all"], w["ln_g_all"], w["ln_b_all"]) * filled
        parts = [words]
        for position, (width, before) in enumerate(_ORDERS):
            part = projected[:, position * _WIDTH : (position + 1) * _WIDTH]
            for layer in ("1", "2"):
                part = part + _seen(part, width, before, w[f"w{layer}_{width}"], w[f"b{layer}_{width}"]) * filled
            parts.append(part)
        features = _levelled(np.concatenate(parts, axis=1), w["ln_g"], w["ln_b"]) * filled
        summed = np.add.reduceat(features, starts - _GAP, axis=0) @ w["cnn_W"]
        mean = (summed + lengths[:, None] * w["cnn_b"]) / np.sqrt(lengths)[:, None]
        return _closed(mean.astype(np.float32), w)


def _seen(rows: Any, width: int, before: int, weight: Any, bias: Any) -> Any:
    """A convolution over neighbouring rows, negative values dropped."""
    padded = np.pad(rows, ((before, width - 1 - before), (0, 0)))
    windows = np.concatenate([padded[shift : shift + len(rows)] for shift in range(width)], axis=1)
    return np.maximum(windows @ weight + bias, 0)


def _levelled(rows: Any, gain: Any, bias: Any) -> Any:
    centred = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("ij,ij->i", centred, centred) / rows.shape[1] + _TINY)
    return centred / spread[:, None] * gain + bias


def _closed(mean: Any, w: dict[str, Any]) -> Any:
    """The dense net with its two short cuts, and the length made 1."""
    first = np.maximum(mean @ w["p1"] + np.maximum(mean @ w["d0"], 0) @ w["d1"], 0)
    last = np.tanh(first @ w["p3"] + np.maximum(first @ w["d2"], 0) @ w["d3"])
    return last / np.maximum(np.linalg.norm(last, axis=1, keepdims=True), _TINY)
