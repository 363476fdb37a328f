"""`edgeops-quantize`: the steps of the toolchain, each printing its report record."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from edgeops.cli.failure import drain, guarded
from edgeops.text import to_json
from quantize import nightly
from quantize.gguf import command as files
from quantize.onnxing import command as exporting
from quantize.release import command as releasing

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def _top() -> None:
    """The model-update toolchain."""


@app.command()
def data(
    folder: Annotated[Path, typer.Argument(help="The folder to write the dataset to; parts that are in it are kept.")],
    scenes: Annotated[int, typer.Option(min=1, help="How many scenes to stage; each gives two or three items.")] = 1400,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    store: Annotated[
        Path | None, typer.Option(help="A store whose resolved incidents and runbooks are taken in.")
    ] = None,
) -> None:
    """Make the training data: staged cascades of the starter pack, and what people taught a store."""
    # Pulls in the reading and grouping of logs, which no other step needs.
    from quantize.data.making import Wish, make

    typer.echo(to_json(make(Wish(folder, scenes, seed, store), lambda sentence: typer.echo(sentence, err=True))))


@app.command()
def train(
    base: Annotated[Path, typer.Argument(help="The base model: a Hugging Face folder or a GGUF file.")],
    dataset: Annotated[Path, typer.Argument(help="The folder that 'edgeops-quantize data' wrote.")],
    out: Annotated[Path, typer.Argument(help="Where the adapter goes; a checkpoint in it is gone on from.")],
    method: Annotated[str, typer.Option(help="lora, dora or prompt.")] = "lora",
    rank: Annotated[int, typer.Option(help="Rank of the adapter.")] = 16,
    rate: Annotated[float, typer.Option(help="The highest learning rate.")] = 2e-4,
    epochs: Annotated[float, typer.Option(help="How often each item is read.")] = 2.0,
    batch: Annotated[int, typer.Option(help="Items read at once: more take more memory.")] = 4,
    together: Annotated[int, typer.Option(help="Items of a step.")] = 8,
    most_tokens: Annotated[int, typer.Option(help="Longer items are left out.")] = 1280,
    budget: Annotated[str, typer.Option(help="End in time, such as 90m or 8h; 0 means no limit.")] = "0",
    seed: Annotated[int, typer.Option(help="Order and first weights.")] = 1,
    checkpointing: Annotated[bool, typer.Option(help="Less memory, a third more time.")] = False,
    blocks: Annotated[int, typer.Option(min=0, help="Adapt only the last so many blocks; 0 means all.")] = 0,
    lean: Annotated[
        int, typer.Option(min=1, help="Of the items with words to write take one in so many an epoch.")
    ] = 1,
    start: Annotated[
        Path | None,
        typer.Option(
            help="Begin with this adapter (a folder that training left, or a GGUF file); rank and blocks are its own."
        ),
    ] = None,
    rounded: Annotated[
        Path | None,
        typer.Option(
            help="What 'edgeops model build' made of the base and --start: every other step computes with its weights, "
            "so that the adapter holds there, too."
        ),
    ] = None,
) -> None:
    """Train an adapter on a dataset. Interrupt it whenever you like: the same command goes on."""
    # Only this step needs torch, which takes seconds to load and may not be there.
    from quantize.train.wish import Wish, check, demand, seconds

    wish = Wish(
        base, dataset, out, method, rank, rate, epochs, batch, together, most_tokens, seconds(budget), seed=seed,
        checkpointing=checkpointing, blocks=blocks, lean=lean, start=start, rounded=rounded,
    )  # fmt: skip
    check(wish)
    demand()
    from quantize.train import training

    typer.echo(to_json(training.train(wish, lambda sentence: typer.echo(sentence, err=True))))


@app.command()
def prune(
    base: Annotated[Path, typer.Argument(help="The base model: a Hugging Face folder or a GGUF file.")],
    dataset: Annotated[Path, typer.Argument(help="The folder that 'edgeops-quantize data' wrote.")],
    out: Annotated[Path, typer.Argument(help="The folder to write; it must not exist.")],
    blocks: Annotated[int, typer.Option(min=1, help="So many blocks are left out.")] = 4,
) -> None:
    """Leave out the blocks that matter least; train on what remains heals it."""
    from quantize.train.wish import demand

    demand()
    from quantize.train import pruning

    typer.echo(to_json(pruning.prune(base, dataset, out, blocks, say=lambda sentence: typer.echo(sentence, err=True))))


@app.command()
def evaluate(
    dataset: Annotated[Path, typer.Argument(help="The folder that 'edgeops-quantize data' wrote.")],
    out: Annotated[Path, typer.Argument(help="Where the record goes; results that are in it are not asked again.")],
    row: Annotated[list[str], typer.Option(help="NAME=FILE.gguf or NAME=FILE.gguf+ADAPTER.gguf; once for each row.")],
    full: Annotated[
        list[str] | None,
        typer.Option(help="The base in full precision, for the divergence; NAME=FILE[+ADAPTER] for one row's own."),
    ] = None,
    choices: Annotated[list[Path] | None, typer.Option(help="A folder of multiple-choice questions.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="So many incidents, evenly by kind; 0 means all.")] = 0,
    questions: Annotated[int, typer.Option(min=0, help="So many questions of each set; 0 means all.")] = 100,
    validation: Annotated[int, typer.Option(min=0, help="So many incidents for the fitted weight; 0 means none.")] = 40,
    texts: Annotated[int, typer.Option(min=0, help="So many texts for perplexity; 0 means none.")] = 8,
    budget: Annotated[str, typer.Option(help="End in time, such as 20m; 0 means no limit.")] = "0",
    seed: Annotated[int, typer.Option(help="Which items are drawn, and in which order.")] = 1,
    threads: Annotated[int, typer.Option(min=0, help="Threads; 0 means all.")] = 0,
    page: Annotated[Path | None, typer.Option(help="Write the page docs/model.md to this file, too.")] = None,
) -> None:
    """Measure models beside no model on faults no training saw. Interrupt it whenever you like: the same command goes on."""
    from quantize.evaluate import command

    counts = (limit, questions, validation, texts)
    wish = command.wish_of(dataset, out, row, full or [], choices or [], counts, budget, seed, threads)
    typer.echo(command.run(wish, page, lambda sentence: typer.echo(sentence, err=True)))


for step in (
    files.gguf,
    files.merge,
    files.average,
    files.matrix,
    files.choose,
    exporting.onnx,
    releasing.release,
    releasing.promote,
    releasing.rollback,
    releasing.history,
    nightly.update,
):
    app.command()(step)


def run(arguments: list[str]) -> int:
    """Runs one command line and returns the exit code."""
    return guarded(lambda: get_command(app).main(arguments, "edgeops-quantize", standalone_mode=False) or 0)


def main() -> None:
    """The entry point."""
    code = run(sys.argv[1:])
    drain()
    raise SystemExit(code)
