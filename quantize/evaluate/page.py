"""docs/model.md out of a record: `python -m quantize.evaluate.page evaluation.json > docs/model.md`. Good or bad, as it was measured."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from edgeops.cli.failure import guarded
from quantize.evaluate.metric import meaning, order
from quantize.evaluate.record import LESS_IS_BETTER, NO_MODEL, Evaluation, read
from quantize.evaluate.table import classes, markdown, results, speeds
from quantize.evaluate.targets import Target, targets

_MOST_CLASSES = 20
_VERDICTS = {True: "yes", False: "**no**", None: "–"}
_UNSURE = " (the intervals allow the contrary)"


def page(evaluation: Evaluation) -> str:
    """The page."""
    return "\n".join(_lines(evaluation)) + "\n"


def _lines(evaluation: Evaluation) -> Iterator[str]:
    yield "# What the model is worth"
    yield ""
    yield "Generated from the record of an evaluation (`python -m quantize.evaluate.page RECORD`); do not edit."
    yield ""
    yield (
        "Every row was asked the same. In brackets stand intervals of 95 % (Wilson for shares, the bootstrap for the others), n is how "
        "many incidents or questions a share rests on; of what is marked ↓ less is better."
    )
    yield ""
    yield from markdown(results(evaluation))
    yield ""
    yield "## Targets"
    yield ""
    yield from markdown(
        [["wanted", "reached", "met"], *([t.wanted, t.reached, _verdict(t)] for t in targets(evaluation))]
    )
    yield ""
    yield "## Size and speed"
    yield ""
    yield f"{evaluation.machine}; all in turns in the same run."
    yield ""
    yield from markdown(speeds(evaluation))
    yield ""
    yield from _models(evaluation)
    yield from _classes(evaluation)
    yield "## What the words mean"
    yield ""
    for name in order({name for row in evaluation.rows for name in row.metrics}):
        short, meant = meaning(name)
        yield f"- {short} (`{name}`{', less is better' if name in LESS_IS_BETTER else ''}): {meant}."
    yield ""
    yield "## What the numbers rest on, and what they do not say"
    yield ""
    for said in evaluation.limits.values():
        yield f"- {said}"
    used = ", ".join(f"{name} {number}" for name, number in evaluation.versions.items())
    yield f"- It took {evaluation.seconds / 60:.0f} minutes in its last run; {used}."
    yield ""
    yield from markdown([["data", "sha256"], *([name, f"`{digest}`"] for name, digest in evaluation.data.items())])


def _verdict(target: Target) -> str:
    return _VERDICTS[target.met] + ("" if target.sure else _UNSURE)


def _models(evaluation: Evaluation) -> Iterator[str]:
    named = [row for row in evaluation.rows if row.name != NO_MODEL]
    yield from markdown([["row", "loaded", "sha256"], *([r.name, f"`{r.model}`", f"`{r.sha256}`"] for r in named)])
    yield ""


def _classes(evaluation: Evaluation) -> Iterator[str]:
    cells = classes(evaluation, _MOST_CLASSES)
    if len(cells) > 1:
        yield f"## Faults, row “{evaluation.rows[-1].name}”"
        yield ""
        yield f"The {min(_MOST_CLASSES, len(cells) - 1)} most frequent classes; `none` is an incident whose fault is not to choose."
        yield ""
        yield from markdown(cells)
        yield ""


def main(arguments: list[str]) -> int:
    """Write the page of the record named to stdout."""
    for path in arguments[:1]:
        sys.stdout.write(page(read(Path(path))))
        return 0
    sys.stderr.write("Name a record: python -m quantize.evaluate.page evaluation.json\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(guarded(lambda: main(sys.argv[1:])))
