"""The real steps of an update. Each loads what it needs when it is called: torch for training only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from quantize.stages import Say
from quantize.train import wish as training
from quantize.update import Measuring, Needs, Steps, Wish

_DATASET = 120 << 20
"""A dataset with its parts (1,400 scenes: 18 MB), reports and curves, with room."""
_COPIES = 12
"""Of the adapter in float32: two checkpoints of weights, best weights and two moments each, and what is written at the end."""
_ENGINE_MB = 600
"""What a model takes beside its file while it is evaluated."""


def real() -> Steps:
    """The steps as `edgeops-quantize update` runs them."""
    return Steps(training.demand, needs, data, train, convert, evaluate)


def needs(wish: Wish, start: Path | None) -> Needs:
    """What training takes, or the evaluation of base, active and new model side by side if that is more. Raises TrainError.

    start: the adapter that training begins with, whose shape goes before what is asked.
    """
    from quantize.train import memory, starting
    from quantize.train.base import inspect
    from quantize.train.training import precision

    config = inspect(wish.base)
    asked = replace(wish.training, base=wish.base)
    if start:
        asked = starting.read(start, wish.base).fitted(asked)
    rows = 3 * (2 * wish.base.stat().st_size // (1 << 20) + _ENGINE_MB)
    adapter = memory.learnt(config, asked) * 4
    device, dtype = precision()
    training = memory.needed_mb(config, asked, dtype.itemsize) if device == "cpu" else 0
    return Needs(max(training, rows), _DATASET + _COPIES * adapter)


def data(wish: Wish, folder: Path, say: Say) -> None:
    """The dataset, with what the store holds."""
    from quantize.data.making import Wish as Making
    from quantize.data.making import make

    make(Making(folder, wish.scenes, wish.seed, wish.store), say)


def train(wish: training.Wish, say: Say) -> None:
    """The adapter with its curve; goes on from a checkpoint."""
    from quantize.train.training import train as teach

    teach(wish, say)


def convert(trained: Path, base: Path, target: Path) -> None:
    """The adapter as GGUF."""
    from quantize.gguf.adapter import convert as write

    write(trained, base, target)


def evaluate(wish: Wish, asked: Measuring, say: Say) -> None:
    """The record of all rows; what was answered before a cut is not asked again."""
    from quantize.evaluate.evaluating import evaluate as measure
    from quantize.evaluate.models import Contestant, Loaded
    from quantize.evaluate.wish import Wish as Evaluating

    rows = tuple(Contestant(name, Loaded(asked.base, adapter)) for name, adapter in asked.rows)
    measure(
        Evaluating(
            asked.dataset, asked.out, rows, wish.choices, limit=wish.limit, questions=wish.questions, texts=wish.texts,
            budget_s=asked.budget_s,
        ),
        say,
    )  # fmt: skip
