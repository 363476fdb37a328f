"""Which recipe: each is carried out, its loss against the source and its pace on this CPU measured, the fastest within the limit named."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeops.engines.settings import physical_cores
from edgeops.engines.weights.building import LIMIT, Trial, best
from edgeops.engines.weights.orders import Judge, Judged, Quantise
from edgeops.engines.weights.texts import TEXTS
from edgeops.engines.weights.workshop import Workshop
from quantize.gguf.requantising import QuantizeError

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What `edgeops-quantize choose` reports: recipe is "" when none stays within the limit."""

    source: str
    recipe: str
    limit: float
    tried: tuple[Trial, ...]


def choose(
    source: Path,
    recipes: Sequence[str],
    work: Path,
    *,
    matrix: Path | None = None,
    limit: float = LIMIT,
    tokens: int = 2000,
    texts: Sequence[str] = TEXTS,
    say: Say = lambda sentence: None,
    workshop: Workshop | None = None,
) -> Chosen:
    """Measure the recipes on source, each in a file in `work` that goes again. Raises EdgeopsError."""
    # The table of recipes raises for a name that it does not have.
    from edgeops.engines.weights.recipes import recipe

    wanted = [recipe(name) for name in recipes]
    shop, threads, tried = workshop or Workshop(), physical_cores(), []
    room = shutil.disk_usage(work).free
    if room < source.stat().st_size * 2:
        raise QuantizeError(
            f"There are {room >> 20} MiB free in {work}, and up to {source.stat().st_size >> 19} are needed."
        )
    for one in wanted:
        target = work / f".{source.stem}-{one.name}.part"
        try:
            given = str(matrix.absolute()) if matrix else ""
            shop.carry_out(Quantise(str(source.absolute()), str(target.absolute()), one, given, threads), _deaf)
            order = Judge(str(source.absolute()), "", str(target.absolute()), tuple(texts), tokens, 3, threads)
            found = shop.carry_out(order, _deaf)
            assert isinstance(found, Judged)
            tried.append(Trial(one.name, target.stat().st_size, found.compared, found.before, found.after))
            say(_line(tried[-1]))
        finally:
            target.unlink(missing_ok=True)
    chosen = best(tried, limit)
    return Chosen(str(source), chosen.recipe if chosen else "", limit, tuple(tried))


def _deaf(done: int, total: int) -> None:
    """Steps that nobody needs to see."""


def _line(trial: Trial) -> str:
    reads, writes = trial.after.prefill / trial.before.prefill, trial.after.decode / trial.before.decode
    return (
        f"{trial.recipe:<10} {trial.bytes >> 20:>5} MiB  KL {trial.compared.divergence:.4f}  same {trial.compared.same:.1%}  "
        f"reads {reads:.2f} x, writes {writes:.2f} x the source"
    )


def texts_of(files: Sequence[Path]) -> tuple[str, ...]:
    """Texts to read: each .jsonl's items with their answers as the engine would have them, any other file as it stands."""
    found: list[str] = []
    for file in files:
        try:
            found += _items(file) if file.suffix == ".jsonl" else [file.read_text("utf-8", "replace")]
        except (OSError, ValueError, KeyError) as error:
            raise QuantizeError(
                f"{file} cannot be read as texts ({error}); name text files or a dataset's .jsonl."
            ) from error
    return tuple(found)


def _items(file: Path) -> list[str]:
    from quantize.data.items import Fixed, Pick
    from quantize.train.encoding import read_items

    told = []
    for item in read_items(file):
        answer = "".join(
            part.say
            if isinstance(part, Fixed)
            else (part.right or part.options)[0]
            if isinstance(part, Pick)
            else part.text
            for part in item.answer
        )
        told.append(
            f"<|im_start|>system\n{item.system}<|im_end|>\n<|im_start|>user\n{item.user}<|im_end|>\n"
            f"<|im_start|>assistant\n{answer}<|im_end|>\n"
        )
    return told
