"""`edgeops-quantize onnx`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edgeops import hooks
from edgeops.text import to_json
from quantize.onnxing.wish import KINDS, Wish, check, demand


def onnx(
    base: Annotated[Path, typer.Argument(help="The model: a Hugging Face folder or a GGUF file.")],
    out: Annotated[Path, typer.Argument(help="The folder that gets a folder for each kind.")],
    kind: Annotated[
        list[str] | None, typer.Option(help=f"Of {', '.join(KINDS)}; repeat it for more (int8 and int4 if left out).")
    ] = None,
    adapter: Annotated[Path | None, typer.Option(help="A peft adapter to merge in first.")] = None,
    licence: Annotated[str, typer.Option(help="The licence of the base, kept with the export.")] = "",
    context: Annotated[int, typer.Option(min=256, help="Tokens that the exported model can hold.")] = 8192,
    tokens: Annotated[int, typer.Option(help="Tokens of our own text over which the loss is measured.")] = 256,
) -> None:
    """Export a model to ONNX for onnxruntime, with what each kind of weights loses. `edgeops model import` takes the folders."""
    wish = Wish(base, out, tuple(kind or KINDS[:2]), adapter, licence, context, tokens)
    demand()
    check(wish)
    # Loads torch and onnx, which take seconds and may not be there.
    from quantize.onnxing import making

    faults = [fault for group in hooks.registry().hook.edgeops_faults() for fault in group]
    typer.echo(to_json(making.make(wish, faults, lambda sentence: typer.echo(sentence, err=True))))
