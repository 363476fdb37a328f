"""The keys and commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual.widget import Widget

from edgeops.knowledge.views import VIEWS
from edgeops.tui.commands import COMMANDS, KEYS
from edgeops.tui.keymap import EVERYWHERE, scopes_of, translated
from edgeops.tui.paint import Line, padded, paragraph
from edgeops.tui.screens.room import Room
from edgeops.tui.widgets.sheet import Sheet

_KEYS = 22


class HelpScreen(Room):
    """Any way out leads back."""

    TITLED = "help"
    KEYS: ClassVar = [("q", "back", "返回"), ("j k", "move", "移动")]

    def body(self) -> Iterable[Widget]:
        """See Room."""
        yield Sheet()

    def rest(self) -> None:
        """See Room."""
        self.query_one(Sheet).focus()

    def on_resize(self) -> None:
        """Wrap for the window."""
        self.query_one(Sheet).write(list(self._lines(max(self.app.size.width - 2, 20))))

    def _lines(self, columns: int) -> Iterator[Line]:
        column = 1 if self.edgeops.say.lang == "zh" else 0
        scopes: tuple[str, ...] = (EVERYWHERE,)
        for keys, *does in KEYS:
            if not keys:
                scopes = (*scopes_of(does[0].lower()), EVERYWHERE)
                yield Line()
                yield Line((("head", does[column]),))
                continue
            yield from _row(translated(keys, scopes, self.edgeops.keymap), does[column], columns)
        yield Line()
        yield Line((("head", ":"),))
        for command in COMMANDS.values():
            yield from _row(f"{command.name} {command.takes}", command.zh if column else command.en, columns)
        yield Line()
        yield Line((("head", ";"),))
        for name, view in VIEWS.items():
            yield from _row(name, view.columns, columns)


def _row(keys: str, does: str, columns: int) -> Iterator[Line]:
    first, *more = list(paragraph(does, max(columns - _KEYS - 2, 16)))
    yield Line((("key", f"  {padded(keys, _KEYS)}"), *first.spans))
    for line in more:
        yield Line((("key", "  " + " " * _KEYS), *line.spans))
