"""One entry: what it says, its steps, how it fared, how it read before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from edgeops.errors import EdgeopsError
from edgeops.tui.entry_page import EntryWriter, Revision
from edgeops.tui.lane import begin
from edgeops.tui.librarian import Librarian
from edgeops.tui.screens.judging import Judging
from edgeops.tui.shelves import Reading
from edgeops.tui.widgets.sheet import Sheet


class EntryScreen(Judging):
    """Read anew whenever it is looked at again."""

    TITLED = "entry"
    KEYS: ClassVar = [
        ("y", "copy", "复制"),
        ("f", "outcome", "结果"),
        ("e", "edit", "编辑"),
        ("Enter", "version", "版本"),
        ("q", "back", "返回"),
        ("?", "help", "帮助"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "outcome", show=False),
        Binding("e", "edit", show=False),
    ]

    def __init__(self, librarian: Librarian, name: str) -> None:
        super().__init__()
        self.librarian: Librarian = librarian
        self.reading: Reading | None = None
        self._entry_id = name
        self._version = 0
        self._edit_wanted = False

    def body(self) -> Iterable[Widget]:
        """See Room."""
        yield Sheet()

    def rest(self) -> None:
        """See Room."""
        self.query_one(Sheet).focus()

    def entered(self) -> None:
        """See Room."""
        super().entered()
        begin(self, "read", self._read, instead=True)

    async def _read(self) -> None:
        lang, failure = self.edgeops.say.lang, ""
        try:
            self.reading = await self.librarian.do(lambda shelf: shelf.read(self._entry_id, lang))
        except EdgeopsError as error:
            failure = str(error)
        if self.is_there:
            self.fill()
            if failure:
                self.tell(failure)
            elif self._edit_wanted:
                self.action_edit()

    def on_resize(self) -> None:
        """Wrap for the window."""
        self.fill()

    def fill(self) -> None:
        """Show the entry, or how it read before."""
        app, read = self.edgeops, self.reading
        if read is None:
            return
        writer = EntryWriter(app.say, max(app.size.width - 2, 16), app.ascii_only, app.zone)
        lines = writer.version(read.versions, self._version) if self._version else writer.entry(read)
        self.query_one(Sheet).write(list(lines))

    @property
    def entry_at_hand(self) -> str:
        """See Judging."""
        return self.reading.entry.id if self.reading else ""

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        """Show what a version changed."""
        if isinstance(message.target, Revision):
            self._show(message.target.number)

    def _show(self, version: int) -> None:
        self._version = version
        self.fill()
        self.query_one(Sheet).show_from(0)

    def action_back(self) -> None:
        """To the entry as it reads now, or away."""
        if self._version:
            self._show(0)
        else:
            super().action_back()

    def action_edit(self) -> None:
        """Write a new version, as soon as the entry is read."""
        from edgeops.tui.screens.editing import EditScreen  # loads the editor when somebody edits

        self._edit_wanted = self.reading is None
        if self.reading:
            self._version = 0
            self.app.push_screen(EditScreen(self.librarian, self.reading.entry))

    def copied(self) -> str:
        """See Room."""
        return self.query_one(Sheet).copy

    def judged(self) -> None:
        """See Judging."""
        self.entered()
