"""The model card of a release, written from its manifest: what it is, from what it was made, what it reached, where it ends. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from edgeops.catalog.release import Manifest, Reached
from quantize.evaluate.metric import FIGURES, meaning, order
from quantize.evaluate.record import LESS_IS_BETTER

_METHODS = {"lora": "LoRA", "dora": "DoRA"}
_LIMITS = (
    "It is trained to fill the forms that edgeops asks it to fill (choose a root line and a fault, one or two sentences of "
    "summary); it is no general assistant, and nothing that it writes is ever run.",
    "The faults are staged from the starter pack and from what the site taught; real incidents may look different.",
    "It goes with exactly one base file; beside any other its answers would be noise, so edgeops refuses to load it there.",
)


def card(said: Manifest) -> str:
    """The card as Markdown."""
    parts = (_head(said), _data(said), _method(said), _reached(said), _figures(said), _limits(said), _licence(said))
    return "\n".join(line for part in parts for line in part)


def _head(said: Manifest) -> Iterable[str]:
    yield f"# {said.name}"
    yield ""
    yield (
        f"An adapter ({_METHODS.get(said.adapter.method, said.adapter.method)}, rank {said.adapter.rank}, "
        f"{said.adapter.bytes / 1e6:.1f} MB) that teaches `{said.base.file}` to read incidents of IT "
        "operations in English and Chinese: which line is the root, which known fault it is, and when the lines do not tell."
    )
    yield ""
    yield f"Version {said.version}, made on {said.created:%Y-%m-%d}. This card is written from `manifest.json`, which is signed."
    yield ""
    yield "| file | SHA-256 |"
    yield "|---|---|"
    yield f"| base: {said.base.file} | `{said.base.sha256}` |"
    yield f"| adapter: {said.adapter.file} | `{said.adapter.sha256}` |"


def _data(said: Manifest) -> Iterable[str]:
    yield from ("", "## Data", "")
    yield "Cascades of faults staged from the starter pack, healthy logs, thin evidence and planted instructions, with what a site"
    yield "resolved and wrote; split by fault family, so that the faults of the test were never seen (`edgeops-quantize data`)."
    yield ""
    yield "| file | SHA-256 |"
    yield "|---|---|"
    yield from (f"| {name} | `{sha256}` |" for name, sha256 in sorted(said.data.items()))


def _method(said: Manifest) -> Iterable[str]:
    yield from ("", "## Method", "")
    yield f"{said.recipe}. Trained on the base's own weights, de-quantised, with the loss on the answers only (`edgeops-quantize train`):"
    yield ", ".join(f"{name} {value}" for name, value in sorted(said.config.items())) + "."
    yield "With " + ", ".join(f"{name} {version}" for name, version in sorted(said.versions.items())) + "."


def _reached(said: Manifest) -> Iterable[str]:
    yield from ("", "## What it reaches", "")
    rows = list(said.evaluation)
    yield "| metric | " + " | ".join(rows) + " |"
    yield "|---|" + "---|" * len(rows)
    for metric in order({name for row in said.evaluation.values() for name in row}):
        told = [_told(said.evaluation[row].get(metric)) for row in rows]
        less = " (less is better)" if metric in LESS_IS_BETTER else ""
        yield f"| {': '.join(meaning(metric))}{less} | " + " | ".join(told) + " |"
    yield ""
    yield f"With intervals of 95 % and the number of items. Measured on {said.machine or 'a machine that was not named'}."


def _told(reached: Reached | None) -> str:
    if reached is None:
        return "–"
    return f"{reached.value:.3f} ({reached.low:.3f} to {reached.high:.3f}; {reached.n})"


def _figures(said: Manifest) -> Iterable[str]:
    rows = [row for row, figures in said.figures.items() if figures]
    if not rows:
        return
    yield from ("", "## Speed and size", "")
    yield "| | " + " | ".join(rows) + " |"
    yield "|---|" + "---|" * len(rows)
    for figure, (what, unit, scale, decimals) in FIGURES.items():
        told = [said.figures[row].get(figure) for row in rows]
        if any(value is not None for value in told):
            label = f"{what}, {unit}" if unit else what
            yield f"| {label} | " + " | ".join("–" if v is None else f"{v * scale:.{decimals}f}" for v in told) + " |"


def _limits(said: Manifest) -> Iterable[str]:
    yield from ("", "## Limits", "")
    yield from (f"- {sentence}" for sentence in (*_LIMITS, *said.limits.values()))


def _licence(said: Manifest) -> Iterable[str]:
    yield from ("", "## Licence", "")
    yield f"{said.licence}, as the base's."
    yield ""
