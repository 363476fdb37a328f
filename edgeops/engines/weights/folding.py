"""An adapter folded into its base: W + alpha / rank * B * A, for the tensors that it touches; all others stay byte for byte."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeops.engines.weights import layout
from edgeops.engines.weights.layout import Tensor
from edgeops.engines.weights.numbers import floats, halves
from edgeops.engines.weights.orders import Tick
from edgeops.engines.weights.planning import A, B, Plan

_PIECE = 16 << 20


def fold(planned: Plan, target: Path, tick: Tick) -> None:
    """Write the folded file in place of target. Raises CatalogError, ModelUnfit."""
    with planned.base.path.open("rb") as one, planned.adapter.path.open("rb") as other:
        read = mmap.ACCESS_READ
        with mmap.mmap(one.fileno(), 0, access=read) as base, mmap.mmap(other.fileno(), 0, access=read) as adapter:
            layout.write(target, planned.keys, planned.tensors, _Sources(planned, base, adapter).content, tick)


@dataclass(frozen=True, slots=True)
class _Sources:
    plan: Plan
    base: mmap.mmap
    adapter: mmap.mmap

    def content(self, tensor: Tensor) -> Iterator[bytes]:
        """The bytes of a tensor of the folded file."""
        source = self.plan.base.tensors[tensor.name]
        if tensor.name not in self.plan.touched:
            end = source.at + source.bytes
            for at in range(source.at, end, _PIECE):
                yield self.base[at : min(at + _PIECE, end)]
            return
        left, right = (self._floats(tensor.name + part) for part in (A, B))
        rank = right.shape[1]
        scale = self.plan.alpha / rank if self.plan.alpha else 1.0
        weights = floats(source, self.base[source.at : source.at + source.bytes])
        weights += scale * (right @ left)
        yield from halves(weights)

    def _floats(self, name: str) -> Any:
        found = self.plan.adapter.tensors[name]
        return floats(found, self.adapter[found.at : found.at + found.bytes])
