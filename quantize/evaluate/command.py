"""`edgeops-quantize evaluate`: evaluates, writes record, picture and page, and gives the tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edgeops.files import write_whole
from quantize.evaluate.evaluating import RECORD, evaluate
from quantize.evaluate.models import contestants
from quantize.evaluate.page import page
from quantize.evaluate.plot import draw
from quantize.evaluate.record import Evaluation
from quantize.evaluate.table import results, speeds, terminal
from quantize.evaluate.wish import Wish
from quantize.train.wish import seconds

PICTURE = "quality.png"


def wish_of(
    dataset: Path,
    out: Path,
    rows: list[str],
    full: list[str],
    choices: list[Path],
    counts: tuple[int, int, int, int],
    budget: str,
    seed: int,
    threads: int,
) -> Wish:
    """What the options mean. counts: incidents, questions, validation, texts. Raises UsageError, TrainError for the budget."""
    limit, questions, validation, texts = counts
    return Wish(
        dataset, out, tuple(contestants(rows, full)), tuple(choices), limit, validation, questions, texts,
        seconds(budget), seed, threads,
    )  # fmt: skip


def run(wish: Wish, target: Path | None, say: Callable[[str], None]) -> str:
    """Evaluate, write record and picture (and the page), and give the tables for a terminal."""
    record = evaluate(wish, say)
    sentence = draw(record, wish.out / PICTURE)
    if sentence:
        say(sentence)
    if target:
        write_whole(target, page(record).encode())
        target.chmod(0o644)
    say(f"The record is {wish.out / RECORD}.")
    return shown(record)


def shown(record: Evaluation) -> str:
    """The tables, and what they rest on."""
    return "\n".join([*terminal(results(record)), "", *terminal(speeds(record)), "", *record.limits.values()])
