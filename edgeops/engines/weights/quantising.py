"""llama.cpp's quantiser with everything that it takes: types by tensor, importance by column. In the child only."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeops.engines.library import L, complaint, listener
from edgeops.engines.weights.layout import F16, F32, Q8_0, Layout, read
from edgeops.engines.weights.orders import Tick
from edgeops.engines.weights.recipes import FILE_TYPES, TENSOR_TYPES, Recipe
from edgeops.errors import CatalogError

_STEP = re.compile(r"\[ *(\d+)/ *(\d+)\]")
_EAR = listener()
_ENDS = ("token_embd.weight", "output.weight")


def quantise(source: Path, target: Path, recipe: Recipe, matrix: Mapping[str, Any], threads: int, tick: Tick) -> None:
    """Write target as source in the types of the recipe; matrix is the importance of each column, by tensor. Raises CatalogError."""
    parameters = L.llama_model_quantize_default_params()
    parameters.ftype, parameters.nthread, parameters.allow_requantize = FILE_TYPES[recipe.body], threads, True
    rules = [(pattern, TENSOR_TYPES[kind]) for pattern, kind in recipe.tensors]
    if recipe.kept:
        embedding, output = _kept(read(source))
        parameters.token_embedding_type, parameters.output_tensor_type = embedding, output
    overrides, importance = _overrides(rules), _importance(matrix)
    parameters.tt_overrides, parameters.imatrix = overrides, importance
    hear = _listener(tick)
    L.llama_log_set(hear, None)
    failed = L.llama_model_quantize(os.fsencode(source), os.fsencode(target), ctypes.byref(parameters))
    # The library keeps no callback alive: one that is gone must not be called.
    L.llama_log_set(_EAR, None)
    if failed:
        raise CatalogError(
            f"llama.cpp could not re-quantise {source}{complaint()}; nothing was written. Check the file and the disk."
        )


def _kept(source: Layout) -> tuple[int, int]:
    """The types that embeddings and output stay in; what is not quantised yet becomes Q8_0."""
    found = [source.tensors[name].type if name in source.tensors else Q8_0 for name in _ENDS]
    embedding, output = (Q8_0 if kind in (F32, F16) else kind for kind in found)
    return embedding, output


def _overrides(rules: Sequence[tuple[str, int]]) -> Any:
    """The rules as the library reads them: the last one empty."""
    array = (L.llama_model_tensor_override * (len(rules) + 1))()
    for slot, (pattern, kind) in zip(array, rules, strict=False):
        slot.pattern, slot.type = pattern.encode(), kind
    return array if rules else None


def _importance(matrix: Mapping[str, Any]) -> Any:
    array = (L.llama_model_imatrix_data * (len(matrix) + 1))()
    for slot, (name, values) in zip(array, matrix.items(), strict=False):
        exact = np.ascontiguousarray(values, dtype=np.float32)
        slot.name, slot.size = name.encode(), exact.size
        slot.data = (ctypes.c_float * exact.size).from_buffer_copy(exact.tobytes())
    return array if matrix else None


def _listener(tick: Tick) -> Any:
    """Progress out of the library's log; its complaints are kept for a message."""

    @L.llama_log_callback  # type: ignore[untyped-decorator]
    def hear(level: int, text: bytes, data: Any) -> None:
        if step := _STEP.search(text.decode("utf-8", "replace")):
            tick(int(step[1]), int(step[2]))
        _EAR(level, text, data)

    return hear
