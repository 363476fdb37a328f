"""An entry is written: its title on one line, its text below. What is kept is a new version; the one before stays."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, TextArea

from edgeops.errors import EdgeopsError
from edgeops.knowledge.entry import Entry
from edgeops.text import show
from edgeops.tui.lane import begin
from edgeops.tui.librarian import Librarian
from edgeops.tui.screens.room import Room
from edgeops.tui.widgets.bars import Bar


class Caption(Bar):
    """What is written below it."""


class Headline(Input):
    """The title."""


class Editor(TextArea):
    """The text. What is pasted may come from a log, so it is made safe as it comes in."""

    async def _on_paste(self, event: events.Paste) -> None:
        # TextArea is given the event after this.
        event.stop()
        event.text = _shown(event.text)


class EditScreen(Room):
    """ctrl-s keeps. Without an entry it is a new note."""

    TITLED = "editing"
    KEYS: ClassVar = [
        ("ctrl-s", "keep", "保存"),
        ("Tab", "title, text", "标题、正文"),
        ("esc", "leave", "离开"),
        ("F1", "help", "帮助"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "keep", show=False, priority=True)]

    def __init__(self, librarian: Librarian, entry: Entry | None = None) -> None:
        super().__init__()
        self._librarian = librarian
        self._entry = entry
        # What cannot be shown is edited as pictures, so that it is seen.
        self._old_title = show(entry.title) if entry else ""
        self._old_body = _shown(entry.body) if entry else ""
        self._warned = self._keeps = False

    def body(self) -> Iterable[Widget]:
        """See Room."""
        yield Caption(id="of_title")
        yield Headline(self._old_title, compact=True, select_on_focus=False)
        yield Caption(id="of_text")
        yield Editor(self._old_body, compact=True)

    def rest(self) -> None:
        """See Room."""
        self.query_one(Editor if self._entry else Headline).focus()

    def entered(self) -> None:
        """See Room."""
        super().entered()
        for name in ("title", "text"):
            self.query_one(f"#of_{name}", Caption).say([("head", f" {self.edgeops.say(f'{name}_label')}")])

    @property
    def written(self) -> tuple[str, str]:
        """The title and the text as they stand there."""
        return show(self.query_one(Headline).value).strip(), _shown(self.query_one(Editor).text)

    @property
    def _changed(self) -> bool:
        return self.written != (self._old_title.strip(), self._old_body)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """From the title to the text."""
        if isinstance(message.input, Headline):
            self.query_one(Editor).focus()

    def action_keep(self) -> None:
        """Keep what was written."""
        if self._keeps:
            return
        if not self._changed:
            self.tell(self.edgeops.say("nothing_changed"))
        else:
            self._keeps = True
            begin(self, "keep", partial(self._keep, *self.written))

    async def _keep(self, title: str, body: str) -> None:
        app, entry = self.edgeops, self._entry
        by, say = app.around.by, app.say
        try:
            if entry is None:
                made = await self._librarian.do(lambda shelf: shelf.add(title, body, by))
                told = say("note_kept", entry=made.id)
            else:
                # What was not touched stays as it is, also where it cannot be shown.
                own = entry.body if body == self._old_body else body
                changed, other = await self._librarian.do(lambda shelf: shelf.change(entry, title, own, by))
                told = say("changed_meanwhile" if other else "version_kept", number=changed.revision, author=other)
        except EdgeopsError as error:
            self._keeps = False
            if self.is_there:
                self.tell(str(error))
            return
        if self.is_current:
            app.back()
        app.call_later(app.hint, told)

    def action_back(self) -> None:
        """Leave; what is not kept is said once before."""
        if self._changed and not self._warned:
            self._warned = True
            self.tell(self.edgeops.say("not_kept"))
        else:
            super().action_back()


def _shown(text: str) -> str:
    """Text that can be edited: nothing in it that a terminal would obey; tabs stay tabs."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(map(show, line.split("\t"))) for line in lines)
