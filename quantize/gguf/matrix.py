"""The importance matrix: what each column of a model's tensors is multiplied with while it reads texts of operations."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from edgeops.engines.settings import physical_cores
from edgeops.engines.weights import matrices
from edgeops.engines.weights.orders import Observe, Tick
from edgeops.engines.weights.workshop import Workshop
from edgeops.files import sha256_of
from quantize.gguf.requantising import QuantizeError, refuse_existing


@dataclass(frozen=True, slots=True)
class Observed:
    """What `edgeops-quantize matrix` reports."""

    model: str
    adapter: str
    target: str
    texts: int
    tokens: int
    tensors: int
    bytes: int
    sha256: str
    seconds: float


def observe(
    model: Path,
    adapter: Path | None,
    texts: Sequence[str],
    target: Path,
    *,
    tokens: int = 16_384,
    seed: int = 1,
    tick: Tick = lambda done, total: None,
    clock: Callable[[], float] = monotonic,
    workshop: Workshop | None = None,
) -> Observed:
    """Write the importance matrix of a model with its adapter over texts in an order that the seed decides. Raises EdgeopsError."""
    refuse_existing(target)
    if not any(text.strip() for text in texts):
        raise QuantizeError("There is no text to observe the model with; name text files or a dataset's .jsonl.")
    mixed = list(texts)
    random.Random(seed).shuffle(mixed)
    part, begun = target.with_name(target.name + ".part"), clock()
    worn = str(adapter.absolute()) if adapter else ""
    order = Observe(str(model.absolute()), worn, tuple(mixed), tokens, str(part.absolute()), physical_cores())
    try:
        (workshop or Workshop()).carry_out(order, tick)
        found = matrices.read(part)
        report = Observed(
            str(model), adapter.name if adapter else "", str(target), len(mixed), tokens, len(found), part.stat().st_size,
            sha256_of(part), clock() - begun,
        )  # fmt: skip
        part.rename(target)
        return report
    finally:
        part.unlink(missing_ok=True)
