"""A screen on which one says how an entry's advice went, in two short answers."""

from __future__ import annotations

from functools import partial

from edgeops.errors import EdgeopsError
from edgeops.knowledge.entry import Result
from edgeops.tui.entry_page import fared
from edgeops.tui.lane import begin
from edgeops.tui.librarian import Librarian
from edgeops.tui.screens.room import Room
from edgeops.tui.widgets.prompt import Prompt

RESULTS = {"y": Result.WORKED, "n": Result.FAILED, "?": Result.UNKNOWN}


class Judging(Room):
    """f begins."""

    librarian: Librarian | None = None
    _result = Result.UNKNOWN
    _judged = ""

    @property
    def entry_at_hand(self) -> str:
        """The id of the entry that is spoken of; empty for none."""
        return ""

    def action_outcome(self) -> None:
        """Ask how it went."""
        self._judged = self.entry_at_hand
        if self._judged:
            self.prompt.ask("result", self.edgeops.say("how_it_went"))

    def given(self, message: Prompt.Given) -> None:
        """How it went, and what there is to note."""
        text = message.text.strip()
        if message.kind == "result" and text:
            self._result = RESULTS.get(text[0].lower(), Result.UNKNOWN)
            self.prompt.ask("result_note", self.edgeops.say("outcome_note"))
        elif message.kind == "result_note":
            begin(self, "judge", partial(self._judge, self._judged, self._result, text))

    async def _judge(self, name: str, result: Result, note: str) -> None:
        assert self.librarian
        say, by = self.edgeops.say, self.edgeops.around.by
        try:
            entry = await self.librarian.do(lambda shelf: shelf.judge(name, result, note, by))
            told = say("outcome_kept", title=entry.title, fared=", ".join(fared(say, entry.outcomes)))
        except EdgeopsError as error:
            told = str(error)
        if self.is_there:
            self.judged()
            self.tell(told)

    def judged(self) -> None:
        """Something else is known of it now."""
