"""What an exported model lost: its logits against the original's on a text of our own, read as the engine reads it, token by token."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import zip_longest
from multiprocessing import get_context
from pathlib import Path
from typing import Any

# numpy: the arithmetic of logits.
import numpy as np

from edgeops.records import Fault
from quantize.onnxing.wish import Loss, OnnxError

FIRST = 16
"""The first tokens of a text have too little before them to be foreseen; they are read at once, as a prompt is."""


def text_of(faults: Iterable[Fault]) -> str:
    """Log lines and entries of the starter pack, its families in turn, English and Chinese."""
    families: dict[str, list[Fault]] = {}
    for fault in faults:
        families.setdefault(fault.family, []).append(fault)
    rounds = zip_longest(*(families[name] for name in sorted(families)))
    parts = []
    for number, fault in enumerate(fault for round_ in rounds for fault in round_ if fault):
        wording = fault.zh if number % 3 == 2 else fault.en
        parts += [*fault.samples[:2], f"{wording.title}. {wording.summary} {wording.cause}", ""]
    return "\n".join(parts)


def measure(model: Path, reference: Path) -> Loss:
    """The loss of a model.onnx, read in a process of its own. Raises OnnxError, ModelUnfit."""
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            return pool.submit(_measure, model, reference).result()
    except BrokenProcessPool as error:
        raise OnnxError(f"The process that read {model} ended unexpectedly; look at the free memory.") from error


def _measure(model: Path, reference: Path) -> Loss:
    from edgeops.engines.network import Network

    with np.load(reference) as known:
        tokens, logits = known["tokens"].tolist(), known["logits"]
    network = Network(str(model), model.parent.name, len(os.sched_getaffinity(0)), len(tokens))
    rows = []
    for at in range(FIRST, len(tokens)):
        network.decode(tokens[:FIRST] if at == FIRST else [tokens[at - 1]], 0 if at == FIRST else at - 1)
        rows.append(compared(logits[at - 1], network.logits(), tokens[at]))
    kl, same, before, after = (sum(column) / len(rows) for column in zip(*rows, strict=True))
    return Loss(len(rows), kl, same, float(np.exp(before)), float(np.exp(after)))


def compared(original: Any, other: Any, following: int) -> tuple[float, float, float, float]:
    """Of one place: divergence (nats), whether the likeliest token is the same, the surprise of the next token before and after."""
    if not np.isfinite(other).all():
        raise OnnxError("The exported model computes no usable numbers; nothing was written.")
    p, q = _shares(original), _shares(other)
    divergence = max(0.0, float((np.exp(p) * (p - q)).sum()))
    return divergence, float(p.argmax() == q.argmax()), -float(p[following]), -float(q[following])


def _shares(logits: Any) -> Any:
    exact = logits.astype(np.float64)
    shifted = exact - exact.max()
    return shifted - np.log(np.exp(shifted).sum())
