"""GGUF to GGUF: re-quantises a model by a recipe with llama.cpp's own quantiser, in a child process.

Why one would: the published 0.5B in Q4_K_M reads prompts at a third of the speed of Q4_0 or IQ4_NL on CPUs with AVX-512.
Starting from a quantised file loses more than starting from F16 would; `choosing` says how much.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from edgeops.engines.weights.orders import Quantise, Tick
from edgeops.engines.weights.recipes import RECIPES, Recipe
from edgeops.engines.weights.workshop import Workshop
from edgeops.errors import EdgeopsError
from edgeops.files import sha256_of

_MAGIC = b"GGUF"


class QuantizeError(EdgeopsError):
    pass


@dataclass(frozen=True, slots=True)
class Requantised:
    """What `edgeops-quantize gguf` reports; sizes in bytes."""

    source: str
    target: str
    type: str
    matrix: str
    bytes_before: int
    bytes_after: int
    sha256: str
    seconds: float


def requantise(
    source: Path,
    target: Path,
    kind: str,
    threads: int = 0,
    matrix: Path | None = None,
    *,
    tick: Tick = lambda done, total: None,
    clock: Callable[[], float] = monotonic,
    workshop: Workshop | None = None,
) -> Requantised:
    """Write target as source by a recipe. The target appears whole or not at all; an existing one is refused."""
    recipe = _recipe(kind)
    refuse_existing(target)
    _check(source)
    part = target.with_name(target.name + ".part")
    begun = clock()
    given = str(matrix.absolute()) if matrix else ""
    try:
        (workshop or Workshop()).carry_out(
            Quantise(str(source.absolute()), str(part.absolute()), recipe, given, threads), tick
        )
        report = Requantised(
            str(source), str(target), kind, matrix.name if matrix else "", source.stat().st_size, part.stat().st_size,
            sha256_of(part), clock() - begun,
        )  # fmt: skip
        part.rename(target)
        return report
    finally:
        part.unlink(missing_ok=True)


def _recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise QuantizeError(f"{name!r} is no recipe; choose one of {', '.join(RECIPES)}.")
    return RECIPES[name]


def refuse_existing(target: Path) -> None:
    """Raises QuantizeError where something stands already, or the folder does not."""
    if target.exists():
        raise QuantizeError(f"{target} exists already; name another file or remove it first.")
    if not target.absolute().parent.is_dir():
        raise QuantizeError(f"There is no folder {target.absolute().parent}; make it first.")


def _check(source: Path) -> None:
    try:
        with source.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise QuantizeError(f"{source} cannot be read ({error.strerror}); name a GGUF file.") from error
    if magic != _MAGIC:
        raise QuantizeError(
            f"{source} is no GGUF file; name one, such as those that 'edgeops model list --json' shows."
        )
