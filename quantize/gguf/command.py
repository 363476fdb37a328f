"""`edgeops-quantize gguf`, `merge`, `average`, `matrix` and `choose`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

# typer: typed functions become commands; see pyproject.toml.
import typer

from edgeops.engines.weights.building import LIMIT
from edgeops.engines.weights.recipes import CANDIDATES, RECIPES
from edgeops.text import to_json
from quantize.gguf.requantising import QuantizeError, requantise

Recipe = Annotated[str, typer.Option("--type", "--recipe", help=f"One of {', '.join(RECIPES)}.")]
Matrix = Annotated[Path | None, typer.Option(help="The importance matrix that `edgeops-quantize matrix` wrote.")]
Texts = Annotated[list[Path], typer.Argument(help="Text files, or a dataset's .jsonl.")]


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)


def gguf(
    source: Annotated[Path, typer.Argument(help="A GGUF file, an adapter's folder, or a merged Hugging Face folder.")],
    target: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    kind: Recipe = "",
    base: Annotated[Path | None, typer.Option(help="The GGUF that an adapter was trained on.")] = None,
    matrix: Matrix = None,
    threads: Annotated[int, typer.Option(min=0, help="Threads; 0 means all.")] = 0,
) -> None:
    """Write a GGUF file: a model by another recipe (Q4_0 if none is named), a trained adapter (F16 or Q8_0), a checkpoint (F16)."""
    if source.is_dir() and (source / "adapter_config.json").exists():
        from quantize.gguf.adapter import convert

        if base is None:
            raise QuantizeError("An adapter goes with one base only; name the GGUF it was trained on with --base.")
        typer.echo(to_json(convert(source, base, target, kind)))
    elif source.is_dir():
        from quantize.gguf.checkpoint import convert as convert_checkpoint

        typer.echo(to_json(convert_checkpoint(source, target, kind or "F16", threads, matrix, say=_say)))
    else:
        typer.echo(to_json(requantise(source, target, kind or "Q4_0", threads, matrix)))


def merge(
    base: Annotated[
        Path, typer.Argument(help="The base that the adapter was trained on: a Hugging Face folder or a GGUF.")
    ],
    adapter: Annotated[Path, typer.Argument(help="The folder of the adapter, LoRA or DoRA.")],
    out: Annotated[Path, typer.Argument(help="The folder to write; it must not exist.")],
) -> None:
    """Merge a trained adapter into its base: a Hugging Face folder, of which `edgeops-quantize gguf` makes a GGUF."""
    from quantize.train.wish import demand

    demand()
    from quantize.gguf.merging import merge as merged

    typer.echo(to_json(merged(base, adapter, out)))


def average(
    out: Annotated[Path, typer.Argument(help="The folder to write; it must not exist.")],
    adapters: Annotated[
        list[Path], typer.Argument(help="Two or more folders of adapters that were trained from one another.")
    ],
) -> None:
    """Write the mean of adapters that were trained from one another: it keeps nearly all that each can do."""
    from quantize.train.wish import demand

    demand()
    from quantize.gguf.averaging import average as averaged

    typer.echo(to_json(averaged(adapters, out)))


def matrix(
    model: Annotated[Path, typer.Argument(help="The GGUF model to observe.")],
    target: Annotated[Path, typer.Argument(help="The .npz file to write; it must not exist.")],
    texts: Texts,
    adapter: Annotated[Path | None, typer.Option(help="A GGUF adapter to wear.")] = None,
    tokens: Annotated[int, typer.Option(min=64, help="So many tokens are read.")] = 16_384,
    seed: Annotated[int, typer.Option(help="The order of the texts.")] = 1,
) -> None:
    """Find which columns of a model's weights matter while it reads texts of operations."""
    from quantize.gguf.choosing import texts_of
    from quantize.gguf.matrix import observe

    typer.echo(to_json(observe(model, adapter, texts_of(texts), target, tokens=tokens, seed=seed)))


def choose(
    source: Annotated[Path, typer.Argument(help="The GGUF file to start from, in F16 best.")],
    recipes: Annotated[list[str] | None, typer.Option("--recipe", help="One to try; may be repeated.")] = None,
    matrix: Matrix = None,
    texts: Annotated[list[Path] | None, typer.Option(help="Texts to judge by, instead of those built in.")] = None,
    limit: Annotated[float, typer.Option(min=0.0, help="Nats a token that it may be away from the source.")] = LIMIT,
    tokens: Annotated[int, typer.Option(min=64, help="So many tokens are read to judge.")] = 2000,
) -> None:
    """Measure recipes on this CPU: loss and speed of each, and the fastest that is near enough to the source."""
    from edgeops.engines.weights.texts import TEXTS
    from quantize.gguf import choosing

    judged = choosing.texts_of(texts) if texts else TEXTS
    with tempfile.TemporaryDirectory(dir=source.absolute().parent, prefix=".choose-") as work:
        found = choosing.choose(
            source, recipes or CANDIDATES, Path(work), matrix=matrix, limit=limit, tokens=tokens, texts=judged, say=_say
        )
    typer.echo(to_json(found))
