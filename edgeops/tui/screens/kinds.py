"""The templates of the logs with how often each came; Enter shows the lines of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from edgeops.mask import mask
from edgeops.tui.paint import Line
from edgeops.tui.screens.room import Room
from edgeops.tui.widgets.sheet import Sheet
from edgeops.view.course import Kind, kinds

_MOST = 1000


class KindsScreen(Room):
    """Filled while it is worked out."""

    TITLED = "kinds"
    KEYS: ClassVar = [
        ("Enter", "its lines", "显示其行"),
        ("j k", "move", "移动"),
        ("y", "copy", "复制"),
        ("q", "back", "返回"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._shown: dict[str, Kind] = {}

    def body(self) -> Iterable[Widget]:
        """See Room."""
        yield Sheet()

    def rest(self) -> None:
        """See Room."""
        self.query_one(Sheet).focus()

    def entered(self) -> None:
        """See Room."""
        super().entered()
        self.fill()

    def fill(self) -> None:
        """Show what is counted so far."""
        study = self.edgeops.study
        found = kinds(study.tallies)[:_MOST] if study else []
        self._shown = {kind.template: kind for kind in found}
        self.query_one(Sheet).write(
            [Line((("accent", f"{kind.count:>9}  "), ("text", mask(kind.template))), kind.template) for kind in found]
        )
        share = study.known if study else 1.0
        self.status("" if share >= 1 else self.edgeops.say("working_out", share=share))

    def toiled(self) -> None:
        """See Room."""
        self.fill()

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        """Show the lines of a template."""
        if kind := self._shown.get(message.target):
            self.edgeops.back()
            self.edgeops.show_kind(kind)

    def copied(self) -> str:
        """See Room."""
        return str(self.query_one(Sheet).target or "")
