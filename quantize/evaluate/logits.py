"""How well a model foresees a text, and how far what it foresees lies from a reference's: read through llama.cpp's own logits.

Each model is read in a process of its own, which gives its memory back. Of the reference's distribution at each place the
likeliest 256 tokens are kept on disk and all others as one: the divergence so measured is a lower bound, and close.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

# numpy: the arithmetic of logits; llama-cpp-python brings it anyhow.
import numpy as np

from edgeops.engines.settings import EngineSettings
from edgeops.errors import EngineLost, UsageError

if TYPE_CHECKING:
    from quantize.evaluate.reader import Reader

KEPT = 256
FIRST = 16
"""The first tokens of a text have too little before them to be foreseen."""
MOST_TOKENS = 384


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One text: so many tokens judged, the sum of their surprise (nats), and of the divergence (None without a reference)."""

    tokens: int
    surprise: float
    divergence: float | None


def read(
    settings: EngineSettings, texts: Sequence[str], reference: Path | None = None, keep: Path | None = None
) -> list[Foreseen]:
    """Read the texts in a process of its own. keep: where to leave what a reference needs. Raises EngineError, UsageError."""
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            return pool.submit(_read, settings, tuple(texts), reference, keep).result()
    except BrokenProcessPool as error:
        raise EngineLost(
            f"The process that read {settings.name or settings.path} ended unexpectedly; check the file and the free memory."
        ) from error


def _read(
    settings: EngineSettings, texts: tuple[str, ...], reference: Path | None, keep: Path | None
) -> list[Foreseen]:
    # OpenMP's threads would else wait for each other by spinning, which on a busy machine costs most of the speed.
    os.environ["GOMP_SPINCOUNT"] = "1000"
    from quantize.evaluate.reader import Reader

    reader = Reader(settings)
    known = np.load(reference) if reference else None
    kept: dict[str, Any] = {}
    found = []
    for number, text in enumerate(texts):
        tokens = reader.tokens(text, False)[: min(MOST_TOKENS, reader.context)]
        if known is not None and not np.array_equal(known[f"tokens{number}"], tokens):
            raise UsageError(
                f"{settings.path} cuts text otherwise than the reference; name the full form of this model."
            )
        found.append(_text(reader, tokens, number, known, kept if keep else None))
    if keep:
        part = keep.with_suffix(".part.npz")
        np.savez(part, **kept)
        os.replace(part, keep)  # noqa: PTH105 (a kill leaves none or a whole one)
    return found


def _text(reader: Reader, tokens: Sequence[int], number: int, known: Any, kept: dict[str, Any] | None) -> Foreseen:
    """One text: logits at each place against the token that comes next."""
    shares = [_shares(rows) for rows in reader.rows(tokens)]
    logs = np.concatenate(shares)[FIRST : len(tokens) - 1]
    following = np.asarray(tokens[FIRST + 1 :])
    surprise = -float(logs[np.arange(len(following)), following].sum(dtype=np.float64)) if len(following) else 0.0
    if kept is not None:
        top = np.argpartition(logs, -KEPT, axis=1)[:, -KEPT:].astype(np.int32)
        kept |= {
            f"tokens{number}": np.asarray(tokens),
            f"top{number}": top,
            f"logs{number}": np.take_along_axis(logs, top, 1),
        }
    divergence = None
    if known is not None:
        divergence = diverging(known[f"logs{number}"], np.take_along_axis(logs, known[f"top{number}"], 1))
    return Foreseen(len(following), surprise, divergence)


def _shares(logits: Any) -> Any:
    """Logarithms of a softmax along each row."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def diverging(reference: Any, model: Any) -> float:
    """The sum over the places of the divergence of the model from the reference (nats), all tokens not kept being one."""
    p, q = np.exp(reference.astype(np.float64)), np.exp(model.astype(np.float64))
    rest_p = np.clip(1 - p.sum(axis=1), 1e-9, None)
    rest_q = np.clip(1 - q.sum(axis=1), 1e-9, None)
    top = (p * (reference.astype(np.float64) - model.astype(np.float64))).sum()
    return float(top + (rest_p * (np.log(rest_p) - np.log(rest_q))).sum())
