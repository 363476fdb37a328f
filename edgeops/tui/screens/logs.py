"""The logs: what was named, in the order of time; search, filters, bars, marks, and what is added as it comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec
from textual.binding import Binding, BindingType
from textual.widget import Widget

from edgeops.errors import EdgeopsError, UsageError
from edgeops.records import Severity
from edgeops.tui.messages import Sought
from edgeops.tui.screens.kinds import KindsScreen
from edgeops.tui.screens.room import Room
from edgeops.tui.widgets.course import Course
from edgeops.tui.widgets.logview import LogView
from edgeops.tui.widgets.prompt import Prompt
from edgeops.view.course import Kind, bars
from edgeops.view.file import Turn
from edgeops.view.log import Place
from edgeops.view.query import Phrase, Query, needle

_LOOK_S = 0.25
_BARS_S = 1.0
_CONTEXT = 3
_LEAST = {Severity.NONE: Severity.WARNING, Severity.WARNING: Severity.ERROR, Severity.ERROR: Severity.NONE}


class LogsScreen(Room):
    """The log view with what is around it. Searches run in threads; what they find comes as Sought."""

    TITLED = "logs"
    KEYS: ClassVar = [
        ("/", "search", "搜索"),
        ("&", "filter", "过滤"),
        ("e", "error", "错误"),
        ("s", "severity", "级别"),
        ("t", "templates", "模板"),
        ("i", "bars", "分布"),
        ("G", "follow", "跟随"),
        ("m", "mark", "标记"),
        ("y", "copy", "复制"),
        ("?", "help", "帮助"),
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
        Binding("x", "explain", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.phrase: Phrase | None = None
        self._stop: threading.Event | None = None
        self._told = ""
        self._here: tuple[int, int] | None = None
        self._counted = (0, 0, 0)
        self._drawn = 0.0

    def body(self) -> Iterable[Widget]:
        """See Room."""
        yield Course()
        yield LogView()

    def on_mount(self) -> None:
        """Look at the files several times a second."""
        super().on_mount()
        self.set_interval(_LOOK_S, self._look)

    def rest(self) -> None:
        """See Room."""
        self.view.focus()

    def entered(self) -> None:
        """See Room."""
        super().entered()
        if self.edgeops.study and self.view.log_shown is not self.edgeops.study.log:
            self.view.open(self.edgeops.study.log)
        self.tell("")

    @property
    def view(self) -> LogView:
        """The lines."""
        return self.query_one(LogView)

    # ------------------------------------------------------------ what is going on

    def _look(self) -> None:
        study = self.edgeops.study
        if study is None:
            return
        self._bars()
        turns = study.look()
        for number, turn in turns.items():
            if turn is not Turn.GREW:
                self.tell(self.edgeops.say(turn.value, path=study.log.volumes[number].file.path))
        shrank = Turn.SHRANK in turns.values()
        if turns and (self.view.following or shrank or self.view.cursor is None) and study.query.is_all:
            if shrank:
                self.view.action_bottom()
            self.view.again()

    def toiled(self) -> None:
        """More is known: the filter, line numbers, bars."""
        study = self.edgeops.study
        if study is None:
            return
        if study.failure:
            self.tell(study.failure)
            study.failure = ""
            self.view.again()
        elif self.view.pending or (self.view.following and not study.query.is_all):
            self.view.again()
        self._bars()
        self.tell(self._told)

    def on_log_view_moved(self) -> None:
        """Another part is shown."""
        if self.edgeops.study and self.view.cursor:
            self.edgeops.study.moved = self.view.cursor.place
        here = (self.view.cursor.file, self.view.cursor.row.at) if self.view.cursor else None
        # What was said stands until one moves; to draw anew is not to move.
        self.tell("" if here != self._here else self._told)
        self._here = here
        self._bars()
        self._mark_hits()

    def _bars(self) -> None:
        """The bars, worked out anew at most once a second: they cost more than a key may."""
        study, course = self.edgeops.study, self.query_one(Course)
        if not (study and course.display and self.view.items):
            return
        known = (id(study), study.version, self.size.width)
        if known != self._counted and time.monotonic() - self._drawn > _BARS_S:
            self._counted = known
            course.bars = bars(study.tallies, max(self.size.width, 1))
            self._drawn = time.monotonic()
        first, last = (study.log.time(item.file, item.row) for item in (self.view.items[0], self.view.items[-1]))
        course.stand(first, last)

    def _mark_hits(self) -> None:
        """Have the expression sought in the lines that are shown, a screen at a time."""
        study, phrase, view = self.edgeops.study, self.phrase, self.view
        texts = [text for text in dict.fromkeys(view.texts) if text not in view.spans]
        if not (study and phrase and phrase.regex and texts):
            return

        def mark() -> None:
            try:
                spans = study.spans(phrase, [text.encode() for text in texts])
            except EdgeopsError:
                spans = [[] for _ in texts]
            if phrase is self.phrase and self.is_running:
                self.app.call_from_thread(view.found, dict(zip(texts, spans, strict=True)))

        self.run_worker(mark, thread=True, group="hits", exclusive=True, exit_on_error=False)

    def tell(self, text: str) -> None:
        """A sentence below, or else where one is."""
        self._told = text
        self.status(text or self._where(), self._modes())

    def _where(self) -> str:
        study, item, say = self.edgeops.study, self.view.cursor, self.edgeops.say
        if study is None:
            return "" if self.edgeops.doing else say("no_logs")
        if item is None:
            done = study.filtered >= 1
            return say("no_lines") if study.query.is_all else say("no_kept") if done else ""
        volume = study.log.volumes[item.file]
        number = volume.index.number_of(item.row.at)
        share = item.row.end / volume.file.size if volume.file.size else 1
        place = f"{number:,}" if number else f"@{item.row.at:,}"
        return f"{volume.file.path.rpartition('/')[2]}:{place}  {share:.0%}"

    def _modes(self) -> str:
        """The filter and the modes, in few words."""
        study, say, words = self.edgeops.study, self.edgeops.say, []
        if study and not study.query.is_all:
            words.append(study.query.words)
            count = say("kept", count=f"{study.found:,}")
            words.append(f"{say('filtering', share=study.filtered)} {count}" if study.filtered < 1 else count)
        if self.view.following:
            words.append(say("follow"))
        if self.view.wrapping:
            words.append(say("wrap"))
        return "  ".join(words) + " " if words else ""

    # ------------------------------------------------------------ moving

    def go(self, place: Place) -> None:
        """Show a place with what is around it."""
        self.view.go(place, middle=True)

    def show_line(self, place: Place) -> None:
        """Show a line whatever the filter is."""
        if self.edgeops.study and not self.edgeops.study.query.is_all:
            self.want(Query())
        self.go(place)

    def on_log_view_no_marks(self) -> None:
        """There is no mark that way."""
        self.tell(self.edgeops.say("no_marks"))

    def go_to_time(self, wanted: datetime) -> None:
        """To the first line at a time or later."""
        if study := self.edgeops.study:
            self.go(study.log.place_at(wanted))

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
            self._seek(Query((self.phrase,)), self.phrase.text, back)

    def action_worse(self, least: int, back: bool) -> None:
        """The next line that is as bad as that."""
        self._seek(Query(least=least), Severity(least).name.lower(), back)

    def _seek(self, query: Query, what: str, back: bool) -> None:
        study, item = self.edgeops.study, self.view.cursor
        if study is None or item is None:
            return
        self._halt()
        stop = self._stop = threading.Event()
        app, ended = self.edgeops, Sought(what, done=True)

        def hunt() -> None:
            try:
                place = study.seek(query, item, back, lambda share: _post(app, stop, Sought(what, share)), stop.is_set)
                ended.place = place
            except EdgeopsError as error:
                ended.failure = str(error)
            _post(app, stop, ended)

        self.tell(self.edgeops.say("searching", what=what, share=0.0))
        self.run_worker(hunt, thread=True, group="search", exit_on_error=False)

    def _halt(self) -> bool:
        """Stop the search that goes on, if one does."""
        if self._stop is None:
            return False
        self._stop.set()
        self._stop = None
        return True

    def sought(self, message: Sought) -> None:
        """A search has come so far, or has ended."""
        say = self.edgeops.say
        if not message.done:
            self.tell(say("searching", what=message.what, share=message.share))
            return
        self._stop = None
        if message.failure:
            self.tell(message.failure)
        elif message.place is None:
            self.tell(say("not_found", what=message.what))
        else:
            self.go(message.place)

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

    def want(self, query: Query) -> None:
        """Show the lines that a query wants."""
        if study := self.edgeops.study:
            study.want(query)
            self.view.again()
            self.tell("")

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
        if not message.text:
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

    def action_explain(self) -> None:
        """The incident that holds the line at the cursor."""
        study, item = self.edgeops.study, self.view.cursor
        if study and item:
            volume = study.log.volumes[item.file]
            self.edgeops.explain_line(volume.file.path, item.row.at, study.log.time(item.file, item.row))

    def action_back(self) -> None:
        """Stop the search, take the filter away, or leave."""
        study = self.edgeops.study
        if self._halt():
            self.tell(self.edgeops.say("stopped"))
        elif study and not study.query.is_all:
            self.want(Query())
            self.tell(self.edgeops.say("filter_off"))
        else:
            super().action_back()

    def copied(self) -> str:
        """See Room."""
        return self.view.copied()


def _post(app: object, stop: threading.Event, message: Sought) -> None:
    """Tell how the search is going, as long as anybody wants to know."""
    if not stop.is_set():
        app.post_message(message)  # type: ignore[attr-defined]
