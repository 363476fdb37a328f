"""`edgeops kb sql`: a question of one's own to the store, which is only read."""

from __future__ import annotations

from typing import Annotated

import typer

from edgeops import paths
from edgeops.cli.console import Console, open_console
from edgeops.cli.options import Json
from edgeops.knowledge.questions import MOST_ROWS, Table, ask
from edgeops.knowledge.views import VIEWS
from edgeops.text import show, width

_VIEWS = ", ".join(VIEWS)


def ask_in_sql(
    sql: Annotated[str, typer.Argument(help=f"A SELECT over {_VIEWS}.")],
    most: Annotated[int, typer.Option("-k", "--most", min=1, max=100_000, help="So many rows at most.")] = MOST_ROWS,
    as_json: Json = False,
) -> int:
    """A question in SQL about what was kept; nothing is changed, whatever it says. `SELECT * FROM incidents LIMIT 3` shows the columns."""
    console = open_console()
    table = ask(paths.find().store_file, sql, most)
    console.json(table) if as_json else _write(console, table)
    if table.cut:
        console.note(f"There is more than these {len(table.rows):,} rows; -k gives more, WHERE or LIMIT ask for less.")
    return 0


def _write(console: Console, table: Table) -> None:
    """The rows below their names, in columns."""
    cells = [[show("" if cell is None else str(cell)) for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (cell + " " * (room - width(cell)) for cell, room in zip(row, widths, strict=True))
        console.say("  ".join(padded).rstrip())
