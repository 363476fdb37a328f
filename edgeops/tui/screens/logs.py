"""The logs: what was named, in the order of time; search, filters, bars, marks, and what is added as it comes."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import msgspec
from textual.binding import Binding, BindingType

from edgeops.errors import UsageError
from edgeops.records import Severity
from edgeops.tui.hunt import Hunt
from edgeops.tui.messages import Sought
from edgeops.tui.screens.kinds import KindsScreen
from edgeops.tui.screens.logdesk import LogDesk
from edgeops.tui.widgets.course import Course
from edgeops.tui.widgets.prompt import Prompt
from edgeops.view.course import Kind
from edgeops.view.query import Phrase, Query, needle

_CONTEXT = 3
_LEAST = {Severity.NONE: Severity.WARNING, Severity.WARNING: Severity.ERROR, Severity.ERROR: Severity.NONE}


class LogsScreen(LogDesk):
    """The log view with what is around it. Searches run in threads; what they find comes as Sought."""

    TITLED = "logs"
    KEYS: ClassVar = [
        ("/", "search", "搜索"),
        ("&", "filter", "过滤"),
        ("e", "error", "错误"),
        ("x", "explain", "解释"),
        ("v", "choose", "选择"),
        ("c", "note", "批注"),
        ("G", "follow", "跟随"),
        ("?", "help", "帮助"),
        ("t", "templates", "模板"),
        ("s", "severity", "级别"),
        ("a", "ask", "提问"),
        ("y", "copy", "复制"),
        ("i", "bars", "分布"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", show=False),
        Binding("n", "next(False)", show=False),
        Binding("N", "next(True)", show=False),
        Binding("ampersand", "filter(False)", show=False),
        Binding("exclamation_mark", "filter(True)", show=False),
        Binding("C", "context", show=False),
        Binding("s", "severity", show=False),
        Binding("e", f"worse({int(Severity.ERROR)}, False)", show=False),
        Binding("E", f"worse({int(Severity.ERROR)}, True)", show=False),
        Binding("w", f"worse({int(Severity.WARNING)}, False)", show=False),
        Binding("W", f"worse({int(Severity.WARNING)}, True)", show=False),
        Binding("d", "day(1)", show=False),
        Binding("D", "day(-1)", show=False),
        Binding("i", "course", show=False),
        Binding("t", "kinds", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._hunt = Hunt(self)

    # ------------------------------------------------------------ search

    def action_search(self) -> None:
        """Ask what for."""
        say = self.edgeops.say
        self.prompt.ask("search", f"/ {say('search')}:", f"/ {say('expression')}:")

    def action_next(self, back: bool) -> None:
        """The next hit, or the one before."""
        if self.phrase is None:
            self.tell(self.edgeops.say("no_phrase"))
        else:
            self._seek(Query((self.phrase,)), self.phrase.text, back, around=True)

    def action_worse(self, least: int, back: bool) -> None:
        """The next line that is as bad as that."""
        self._seek(Query(least=least), Severity(least).name.lower(), back, around=False)

    def _seek(self, query: Query, what: str, back: bool, around: bool) -> None:
        study, item = self.edgeops.study, self.view.cursor
        if study and item:
            self._hunt.seek(study, query, item, what, back, around)
            self.tell(self.edgeops.say("searching", what=what, share=0.0))

    def sought(self, message: Sought) -> None:
        """A search has come so far, or has ended."""
        say = self.edgeops.say
        if not message.done:
            self.tell(say("searching", what=message.what, share=message.share))
            return
        self._hunt.ended()
        if message.failure:
            self.tell(message.failure)
        elif message.place is None:
            nowhere = "not_found" if message.around else "none_above" if message.back else "none_below"
            self.tell(say(nowhere, what=message.what))
        else:
            self.go(message.place, say("from_end" if message.back else "from_top") if message.around else "")

    def action_day(self, by: int) -> None:
        """To the next day, or to the beginning of this one or the one before."""
        study, item = self.edgeops.study, self.view.cursor
        now = study.log.time(item.file, item.row) if study and item else None
        if now is None or study is None or item is None:
            self.tell(self.edgeops.say("no_time"))
            return
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        there = day + timedelta(days=1) if by > 0 else day if now > day else day - timedelta(days=1)
        place = study.log.place_at(there)
        if by < 0 and place == item.place:
            place = study.log.place_at(day - timedelta(days=1))
        self.go(place)

    # ------------------------------------------------------------ filters

    def action_filter(self, out: bool) -> None:
        """Ask which lines."""
        say, sign = self.edgeops.say, "!" if out else "&"
        label = f"{sign} {say('filter_out' if out else 'filter_in')}"
        self.prompt.ask("out" if out else "in", f"{label}:", f"{label} (regex):")

    def action_context(self) -> None:
        """What is around the lines that fit, too, or not."""
        if study := self.edgeops.study:
            self.want(msgspec.structs.replace(study.query, context=0 if study.query.context else _CONTEXT))

    def action_severity(self) -> None:
        """Only warnings and worse, only errors and worse, all."""
        if study := self.edgeops.study:
            self.want(
                msgspec.structs.replace(study.query, least=int(_LEAST.get(Severity(study.query.least), Severity.NONE)))
            )

    def narrow(self, phrase: Phrase) -> None:
        """Show fewer lines."""
        if study := self.edgeops.study:
            needle(phrase)
            self.want(msgspec.structs.replace(study.query, phrases=(*study.query.phrases, phrase)))

    def show_kind(self, kind: Kind) -> None:
        """Show the lines of a template."""
        self.want(Query(templates=kind.patterns))

    def given(self, message: Prompt.Given) -> None:
        """What was typed for a search or a filter."""
        if message.kind == "note":
            super().given(message)
        if not message.text or message.kind == "note":
            return
        phrase = Phrase(message.text, message.regex, message.kind == "out")
        try:
            if message.kind == "search":
                found = needle(phrase)
                self.phrase = phrase
                self.view.seek_for(found)
                self.action_next(False)
            else:
                self.narrow(phrase)
        except UsageError as error:
            self.tell(str(error))

    # ------------------------------------------------------------ other keys

    def action_course(self) -> None:
        """Show the bars, or hide them."""
        course = self.query_one(Course)
        course.display = not course.display
        self._bars()

    def action_kinds(self) -> None:
        """The templates."""
        self.app.push_screen(KindsScreen())

    def action_back(self) -> None:
        """Stop the search, take the filter away, or leave."""
        study = self.edgeops.study
        if self._hunt.halt():
            self.tell(self.edgeops.say("stopped"))
        elif self.halt_export() or self.view.unchoose():
            self.tell("")
        elif study and not study.query.is_all:
            self.want(Query())
            self.tell(self.edgeops.say("filter_off"))
        else:
            super().action_back()
