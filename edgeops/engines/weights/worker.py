"""The child process that does the heavy work on model files: one order on stdin, steps and the outcome on stdout.

Started by `workshop.py` with `python -I`; the same walls as the engine's own child.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from edgeops.engines import sandbox
from edgeops.engines.weights import orders
from edgeops.engines.weights.orders import Done, Failed, Fold, Judge, Judged, Observe, Ordered, Quantise, Step, Up
from edgeops.errors import EdgeopsError

_PACED = 256


def main() -> None:
    """Carry out one order."""
    # What a library prints by itself must not stand between our lines.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    ordered = msgspec.json.decode(sys.stdin.buffer.readline(), type=Ordered)
    sandbox.tie_to(ordered.parent)

    def tell(reply: Up) -> None:
        out.write(msgspec.json.encode(reply) + b"\n")

    try:
        sandbox.limit(0)
        if not ordered.allow_unsandboxed:
            sandbox.seal()
        tell(_carry_out(ordered.order, lambda done, total: tell(Step(done, total))))
    except EdgeopsError as error:
        tell(Failed(type(error).__name__, str(error)))
    except MemoryError:
        tell(Failed("CatalogError", "There is not enough memory for this; close something else and run it again."))


def _carry_out(order: Fold | Quantise | Observe | Judge, tick: orders.Tick) -> Up:
    if isinstance(order, Fold):
        from edgeops.engines.weights import folding, planning

        planned = planning.plan(Path(order.base), Path(order.adapter), order.base_sha256, order.marks)
        folding.fold(planned, Path(order.target), tick)
    elif isinstance(order, Quantise):
        from edgeops.engines.weights import matrices, quantising

        matrix = matrices.read(Path(order.matrix)) if order.matrix else {}
        quantising.quantise(Path(order.source), Path(order.target), order.recipe, matrix, order.threads, tick)
    elif isinstance(order, Observe):
        from edgeops.engines.weights import matrices, observing

        adapter = Path(order.adapter) if order.adapter else None
        found = observing.observe(Path(order.model), adapter, order.texts, order.most, order.threads, tick)
        matrices.write(found, Path(order.target))
    else:
        return _judged(order, tick)
    return Done()


def _judged(order: Judge, tick: orders.Tick) -> Judged:
    from edgeops.engines.weights import comparing

    adapter = Path(order.adapter) if order.adapter else None
    room = max(2 * _PACED, order.most)
    reference = comparing.Reader(Path(order.reference), adapter, room, order.threads)
    other = comparing.Reader(Path(order.other), None, room, order.threads)
    compared = comparing.compare(reference, other, order.texts, order.most, tick)
    tokens = _filled([token for text in order.texts for token in reference.tokens(text)], _PACED)
    before, after = comparing.pace([reference, other], tokens, order.rounds)
    return Judged(compared, before, after)


def _filled(tokens: Sequence[int], count: int) -> list[int]:
    """So many tokens, repeated where there are fewer."""
    return (list(tokens) * (count // max(1, len(tokens)) + 1))[:count]
