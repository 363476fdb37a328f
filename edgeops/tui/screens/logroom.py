"""What the logs are shown in: the lines, the bars above, and a status that says where one is and what is left out."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime

from textual.widget import Widget

from edgeops.errors import EdgeopsError
from edgeops.tui.screens.room import Room
from edgeops.tui.widgets.course import Course
from edgeops.tui.widgets.logview import LogView
from edgeops.view.course import bars
from edgeops.view.file import Turn
from edgeops.view.log import Place
from edgeops.view.query import Phrase, Query

_LOOK_S = 0.25
_BARS_S = 1.0
_STANDS_S = 5.0


class LogRoom(Room):
    """The log view with what is around it, kept up to date. phrase is what was searched for last."""

    TITLED = "logs"

    def __init__(self) -> None:
        super().__init__()
        self.phrase: Phrase | None = None
        self._told, self._stands = "", 0.0
        self._here: tuple[int, int] | None = None
        self._arriving = ""
        self._counted = (0, 0, 0)
        self._drawn = 0.0
        self._volumes = 0

    def body(self) -> Iterable[Widget]:
        """See Room."""
        yield Course()
        yield LogView()

    def on_mount(self) -> None:
        """Look at the files several times a second."""
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
        if shrunk := {number for number, turn in turns.items() if turn is Turn.SHRANK}:
            self.view.forget(shrunk)
        elif turns and (self.view.following or self.view.cursor is None) and study.query.is_all:
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
        elif self.view.pending or (self.view.following and not study.query.is_all) or self._added():
            self.view.again()
        self._bars()
        self.tell(self._told)

    def _added(self) -> bool:
        """Whether another file has taken the path of one that was rotated."""
        before, self._volumes = self._volumes, len(self.edgeops.study.log.volumes) if self.edgeops.study else 0
        return self._volumes != before

    def on_log_lines_moved(self) -> None:
        """Another part is shown."""
        if self.edgeops.study and self.view.cursor:
            self.edgeops.study.moved = self.view.cursor.place
        here = (self.view.cursor.file, self.view.cursor.row.at) if self.view.cursor else None
        # What was said stands until one moves. To draw anew is not to move; to follow is none of one's own.
        stands = here == self._here or (self.view.following and time.monotonic() < self._stands)
        self.tell(self._told if stands else self._arriving)
        self._arriving = self._arriving if stands else ""
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
        if text != self._told:
            self._told, self._stands = text, time.monotonic() + _STANDS_S
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
        if study and (left_out := self.edgeops.files_left_out):
            shown = len(study.log.volumes)
            words.append(say("part_shown", shown=shown, all=f"{shown + left_out:,}"))
        if study and not study.query.is_all:
            words.append(study.query.words)
            count = say("kept", count=f"{study.found:,}")
            words.append(f"{say('filtering', share=study.filtered)} {count}" if study.filtered < 1 else count)
        if self.view.chosen_from:
            words.append(say("choosing"))
        if self.view.following:
            words.append(say("follow"))
        if self.view.wrapping:
            words.append(say("wrap"))
        return "  ".join(words) + " " if words else ""

    # ------------------------------------------------------------ moving

    def go(self, place: Place, said: str = "") -> None:
        """Show a place with what is around it; said is what stands below once one is there."""
        self._arriving = said
        self.tell(said)
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

    def want(self, query: Query) -> None:
        """Show the lines that a query wants."""
        if study := self.edgeops.study:
            study.want(query)
            self.view.again()
            self.tell("")
