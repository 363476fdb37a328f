"""The importance of each column of a model's tensors: the mean square of what is multiplied with it while texts are read.

llama.cpp shows each operation to a callback. In the child only.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeops.engines.library import L
from edgeops.engines.weights.comparing import BATCH, Reader
from edgeops.engines.weights.orders import Tick
from edgeops.errors import EngineOff

_MULTIPLY = b"MUL_MAT"
_FLOATS = 0
_FEWEST = 4
_EVERY = 8
"""The last layer computes only rows whose logits are asked for: these are enough, and cost little of the output's work."""


class _Tensor(ctypes.Structure):
    """The beginning of ggml_tensor (ggml.h of llama-cpp-python 0.3.36); `_check` makes sure of it."""


_Tensor._fields_ = [
    ("type", ctypes.c_int),
    ("buffer", ctypes.c_void_p),
    ("lengths", ctypes.c_int64 * 4),
    ("strides", ctypes.c_size_t * 4),
    ("operation", ctypes.c_int),
    ("parameters", ctypes.c_int32 * 16),
    ("flags", ctypes.c_int32),
    ("sources", ctypes.POINTER(_Tensor) * 10),
    ("viewed", ctypes.c_void_p),
    ("offset", ctypes.c_size_t),
    ("data", ctypes.c_void_p),
    ("name", ctypes.c_char * 64),
]


class Observer:
    """Adds up squares, by the name of the weights. watcher is what llama.cpp calls."""

    def __init__(self) -> None:
        self.sums: dict[str, Any] = {}
        self.rows: dict[str, int] = {}
        self._base = _base()
        self.watcher = L.ggml_backend_sched_eval_callback(self._see)

    def _see(self, address: int, ask: bool, _data: int) -> bool:
        tensor = ctypes.cast(address, ctypes.POINTER(_Tensor)).contents
        if self._base.ggml_op_name(tensor.operation) != _MULTIPLY:
            return not ask
        weights, given = tensor.sources[0].contents, tensor.sources[1].contents
        if not _wanted(weights, given):
            return not ask
        if not ask:
            self._add(weights.name.decode(), given)
        return True

    def _add(self, name: str, given: _Tensor) -> None:
        width, rows = given.lengths[0], given.lengths[1]
        numbers = (ctypes.c_float * (width * rows)).from_address(given.data)
        values = np.frombuffer(numbers, dtype=np.float32).reshape(rows, width)
        squares = np.einsum("rc,rc->c", values, values, dtype=np.float64)
        self.sums[name] = self.sums.get(name, 0.0) + squares
        self.rows[name] = self.rows.get(name, 0) + rows

    def matrix(self) -> dict[str, Any]:
        """The mean squares."""
        return {name: (total / self.rows[name]).astype(np.float32) for name, total in self.sums.items()}


def _wanted(weights: _Tensor, given: _Tensor) -> bool:
    """Weights of the model (not of an adapter), multiplied with enough rows that lie one after the other."""
    dense = given.type == _FLOATS and given.strides[1] == 4 * given.lengths[0]
    plain = given.lengths[2] == given.lengths[3] == 1 and given.lengths[1] >= _FEWEST
    return bool(weights.name.endswith(b".weight") and dense and plain)


def _base() -> Any:
    """ggml's own functions. Raises EngineOff where its tensors are laid out differently from what is written here."""
    library = ctypes.CDLL(str(Path(L.__file__).parent / "lib" / "libggml-base.so"))
    library.ggml_op_name.restype = ctypes.c_char_p
    library.ggml_get_name.restype = ctypes.c_void_p
    probe = _Tensor()
    named = library.ggml_get_name(ctypes.byref(probe)) - ctypes.addressof(probe)
    if named != _Tensor.name.offset:
        raise EngineOff("This build of llama.cpp lays tensors out differently; install llama-cpp-python 0.3.36.")
    return library


def observe(
    model: Path, adapter: Path | None, texts: Sequence[str], most: int, threads: int, tick: Tick
) -> dict[str, Any]:
    """The importance matrix of a model over at most so many tokens of texts, each read by itself."""
    observer = Observer()
    reader = Reader(model, adapter, 4096, threads, observer.watcher)
    done = 0
    for text in texts:
        tokens = reader.tokens(text)[: min(most - done, 4096)]
        reader.forget()
        for at in range(0, len(tokens), BATCH):
            reader.read(tokens[at : at + BATCH], at, every=_EVERY)
        done += len(tokens)
        tick(done, most)
        if done >= most:
            break
    reader.close()
    return observer.matrix()
