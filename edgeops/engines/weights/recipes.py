"""Recipes: which type each tensor of a model gets. Pure data; `quantising.py` carries them out.

What reads a prompt fast is not what the size says: llama.cpp lays Q4_0 and IQ4_NL out anew for wide registers when it loads
them, Q5_0 (to which Q4_K_M falls back where a row is no multiple of 256) it does not. Reading the embeddings costs nothing,
and the output is computed once an answer's token, so both keep what the base has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from types import MappingProxyType

from edgeops.engines.weights.layout import Tensor, size_of
from edgeops.errors import UsageError

# llama.cpp's numbers: enum llama_ftype of llama.h, and enum ggml_type of ggml.h.
FILE_TYPES: Mapping[str, int] = MappingProxyType(
    {"F16": 1, "Q4_0": 2, "Q8_0": 7, "Q4_K_M": 15, "Q5_K_M": 17, "Q6_K": 18, "IQ4_NL": 25, "IQ4_XS": 30}
)
TENSOR_TYPES: Mapping[str, int] = MappingProxyType(
    {"F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q5_0": 6, "Q5_1": 7, "Q8_0": 8, "Q4_K": 12, "Q5_K": 13, "Q6_K": 14, "IQ4_NL": 20}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recipe:
    """body is the type of the file; tensors are (expression found in a name, type) that go before it, the first that fits.

    kept: embeddings and output stay as they are in the source, which a quantised source has had the best of already.
    """

    name: str
    body: str
    tensors: tuple[tuple[str, str], ...] = field(default=())
    kept: bool = False
    note: str = ""


# Measured on the 0.5B (quantize/README.md): in Q4_0 keys and values, 1.5 % of the weights, cost a third of all that is lost; output
# and queries of the attention, another 11 %, cost a quarter.
_SMALL = ((r"attn_(k|v)\.weight", "Q8_0"),)
_ATTENTION = ((r"attn_(k|v|q|output)\.weight", "Q8_0"),)
_OWN = (
    Recipe("fast", "Q4_0", (), True, "Q4_0; embeddings and output as they were"),
    Recipe("fast-kv", "Q4_0", _SMALL, True, "the same, keys and values in Q8_0"),
    Recipe("fast-attn", "Q4_0", _ATTENTION, True, "the same, all of the attention in Q8_0"),
    Recipe("even", "IQ4_NL", (), True, "IQ4_NL; embeddings and output as they were"),
    Recipe("even-kv", "IQ4_NL", _SMALL, True, "the same, keys and values in Q8_0"),
    Recipe("even-attn", "IQ4_NL", _ATTENTION, True, "the same, all of the attention in Q8_0"),
)
RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {one.name: one for one in (*(Recipe(name, name) for name in FILE_TYPES), *_OWN)}
)
AUTO = "auto"
CANDIDATES = ("fast-attn", "even-kv", "even-attn", "Q8_0")
"""What `auto` tries: with a matrix the first three lose less than half of what plain Q4_0 does."""

# The most bits a weight takes: what llama.cpp falls back to where a row is no multiple of 256.
_BITS = {"F16": 16.0, "Q8_0": 8.5, "Q6_K": 8.5, "Q5_K_M": 8.5, "Q4_K_M": 8.5}
_FEW_BITS = 5.0


def recipe(name: str) -> Recipe:
    """The recipe of that name. Raises UsageError that names them all."""
    found = RECIPES.get(name)
    if found is None:
        raise UsageError(f"{name!r} is no recipe; choose one of {', '.join(RECIPES)}.")
    return found


def size(one: Recipe, tensors: Sequence[Tensor]) -> int:
    """About how many bytes a file of these tensors will have, rather too many than too few."""
    bits = _BITS.get(one.body, _FEW_BITS)
    total = 1 << 23
    for tensor in tensors:
        whole = size_of(tensor.shape, tensor.type)
        if len(tensor.shape) < 2:
            total += whole
        elif not tensor.name.startswith("blk."):
            total += whole if one.kept else max(whole, int(prod(tensor.shape) * 8.5 / 8))
        else:
            total += int(prod(tensor.shape) * bits / 8)
    return total
