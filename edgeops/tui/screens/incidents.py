"""The list of incidents: those found now, the worst first, and those explained before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual.widget import Widget

from edgeops.records import Severity, State
from edgeops.tui.cases import Case, when
from edgeops.tui.paint import OF_SEVERITY, Line, Span, padded, paragraph
from edgeops.tui.screens.room import Room
from edgeops.tui.widgets.sheet import Sheet

_STATES = {State.OPEN: "warning", State.EXPLAINED: "text", State.RESOLVED: "ok"}
_NARROW = 100
_COURSE = 8


class IncidentsScreen(Room):
    """Enter opens an incident."""

    TITLED = "incidents"
    KEYS: ClassVar = [
        ("Enter", "open", "打开"),
        ("j k", "move", "移动"),
        ("2", "logs", "日志"),
        (":", "command", "命令"),
        ("?", "help", "帮助"),
        ("q", "quit", "退出"),
    ]

    def body(self) -> Iterable[Widget]:
        """See Room."""
        yield Sheet(id="list")

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

    def fill(self) -> None:
        """Show the incidents as they are now; the cursor stays on its own."""
        sheet = self.query_one(Sheet)
        sheet.write(list(self._lines(max(self.app.size.width - 1, 20))))

    def _lines(self, columns: int) -> Iterator[Line]:
        say, cases = self.edgeops.say, self.edgeops.cases
        if not cases:
            text = say("none") if self.edgeops.arguments else f"{say('no_paths')} {say('none')}"
            yield Line()
            yield from paragraph(self.edgeops.doing or text, columns, "dim")
            return
        for title, group in (
            ("now", [c for c in cases if c.incident]),
            ("before", [c for c in cases if not c.incident]),
        ):
            if group:
                yield Line((("head", f" {say(title)}: {len(group)}"),))
                for case in group:
                    yield self._row(case, columns)

    def _row(self, case: Case, columns: int) -> Line:
        app = self.edgeops
        ink = OF_SEVERITY[case.severity]
        spans: list[Span] = [
            (ink if ink != "text" else "dim", f" {_letter(case.severity)} "),
            (_STATES[case.state], padded(app.say(case.state.value), 9, app.ascii_only) + " "),
            ("dim", padded(when(case.start, app.zone), 16)),
            ("text", f"{_short(case.count):>5}  "),
        ]
        if columns >= _NARROW:
            spans.append(("dim", padded(case.course(_COURSE, app.ascii_only), _COURSE) + "  "))
            spans.append(("notice", padded(case.host, 14, app.ascii_only) + " "))
        # The title of one found now may be a line of a log, which is shown as it is.
        title = case.title if case.incident else app.say.told(case.title)
        spans.append(("text", title))
        return Line(tuple(spans), case.id, copy=title)

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        """Open the incident."""
        self.edgeops.open_case(message.target)

    def copied(self) -> str:
        """See Room."""
        return self.query_one(Sheet).copy


def _letter(severity: Severity) -> str:
    """A severity without colour."""
    return {Severity.FATAL: "F", Severity.CRITICAL: "C", Severity.ERROR: "E", Severity.WARNING: "W"}.get(severity, "-")


def _short(count: int) -> str:
    """A number in five columns."""
    return str(count) if count < 100_000 else f"{count // 1000}k" if count < 10_000_000 else f"{count // 1_000_000}M"
