"""The answer to a question in SQL, as a table; Enter shows a row in full."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from edgeops.knowledge.questions import Table
from edgeops.tui.exporting import Exporting, written
from edgeops.tui.grid import Grid, spreadsheet, text_of
from edgeops.tui.paint import Line, paragraph
from edgeops.tui.screens.room import Room
from edgeops.tui.widgets.bars import Bar
from edgeops.tui.widgets.sheet import Sheet


class ColumnBar(Bar):
    """The names of the columns."""


class TableScreen(Room, Exporting):
    """sql is what was asked."""

    TITLED = "table"
    KEYS: ClassVar = [
        ("Enter", "whole row", "整行"),
        (";", "ask again", "再次查询"),
        ("y", "copy row", "复制行"),
        (":export", "to a file", "导出"),
        ("q", "back", "返回"),
        ("?", "help", "帮助"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [Binding("semicolon", "again", show=False)]

    def __init__(self, sql: str, table: Table) -> None:
        super().__init__()
        self.sql, self.table = sql, table

    def body(self) -> Iterable[Widget]:
        """See Room."""
        yield ColumnBar()
        yield Sheet()

    def rest(self) -> None:
        """See Room."""
        self.query_one(Sheet).focus()

    def entered(self) -> None:
        """See Room."""
        super().entered()
        self.fill()

    def on_resize(self) -> None:
        """Columns are those of the window."""
        self.fill()

    def show_table(self, sql: str, table: Table) -> None:
        """Show another answer."""
        self.sql, self.table = sql, table
        self.query_one(Sheet).action_edge(-1)
        self.fill()

    def fill(self) -> None:
        """Write the rows for the window."""
        say, table = self.edgeops.say, self.table
        room = max(self.app.size.width - 3, 20)
        grid = Grid(table.columns, table.rows, self.edgeops.ascii_only)
        self.query_one(ColumnBar).say(grid.head(room))
        self.query_one(Sheet).write(list(grid.lines(room)) or list(paragraph(say("no_rows"), room, "dim")))
        self.status(say("more_rows" if table.cut else "rows", count=f"{len(table.rows):,}"))

    def action_again(self) -> None:
        """Change the question."""
        self.edgeops.type_question(self.sql)

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        """Show a row in full."""
        self.app.push_screen(RowScreen(self.table.columns, self.table.rows[message.target]))

    def copied(self) -> str:
        """See Room."""
        return self.query_one(Sheet).copy

    def export(self, file: Path, as_it_is: bool) -> None:
        """See Exporting: as CSV. What the store holds was masked before it came there."""
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(self.table.columns)
        rows.writerows([spreadsheet(cell) for cell in row] for row in self.table.rows)
        say = self.edgeops.say
        with written(file, say) as out:
            out.write(text.getvalue().encode("utf-8", "replace"))
        self.tell(say("rows_exported", count=f"{len(self.table.rows):,}", file=file))


class RowScreen(Room):
    """Each value below its column's name; Enter on an incident or an entry opens it."""

    TITLED = "row"
    KEYS: ClassVar = [
        ("Enter", "open", "打开"),
        ("j k", "move", "移动"),
        ("y", "copy value", "复制值"),
        ("q", "back", "返回"),
    ]

    def __init__(self, columns: tuple[str, ...], row: tuple[Any, ...]) -> None:
        super().__init__()
        self._columns, self._row = columns, row

    def body(self) -> Iterable[Widget]:
        """See Room."""
        yield Sheet()

    def rest(self) -> None:
        """See Room."""
        self.query_one(Sheet).focus()

    def on_resize(self) -> None:
        """Wrap for the window."""
        self.query_one(Sheet).write(list(self._lines(max(self.app.size.width - 3, 20))))

    def _lines(self, room: int) -> Iterator[Line]:
        for name, cell in zip(self._columns, self._row, strict=True):
            text = text_of(cell)
            opens = text if self.edgeops.case(text) else None
            yield Line((("key", f"  {name}"),), opens, copy=text)
            for line in paragraph(text, room - 4, "ref" if opens else "text", ascii_only=self.edgeops.ascii_only):
                yield Line((("text", "    "), *line.spans))

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        """Open the incident."""
        self.edgeops.go_to_case(message.target)

    def copied(self) -> str:
        """See Room."""
        return self.query_one(Sheet).copy
