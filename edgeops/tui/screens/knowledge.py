"""What is known: searched as one types; each entry with its kind, its trust and how often it worked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Input

from edgeops.errors import EdgeopsError
from edgeops.tui.entry_page import EntryWriter
from edgeops.tui.lane import begin
from edgeops.tui.librarian import Librarian
from edgeops.tui.screens.entry import EntryScreen
from edgeops.tui.screens.judging import Judging
from edgeops.tui.shelves import Finding, Reading
from edgeops.tui.widgets.prompt import Prompt
from edgeops.tui.widgets.sheet import Sheet

WIDE = 120
_PATIENCE_S = 0.08
_REST_S = 1.0


class KnowledgeScreen(Judging):
    """A list; where there is room for it, the entry at the cursor beside it."""

    TITLED = "knowledge"
    KEYS: ClassVar = [
        ("/", "search", "搜索"),
        ("Enter", "open", "打开"),
        ("n", "new note", "新笔记"),
        ("f", "outcome", "结果"),
        ("y", "copy", "复制"),
        ("?", "help", "帮助"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", show=False),
        Binding("n", "note", show=False),
        Binding("f", "outcome", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.finding: Finding | None = None
        self._words = ""
        self._typed = False
        self._beside: Reading | None = None

    def body(self) -> Iterable[Widget]:
        """See Room."""
        with Container(id="sides"):
            yield Sheet(id="hits")
            yield Sheet(id="beside")

    @property
    def hits(self) -> Sheet:
        """The list."""
        return self.query_one("#hits", Sheet)

    @property
    def _wide(self) -> bool:
        return self.app.size.width >= WIDE

    def rest(self) -> None:
        """See Room."""
        self.hits.focus()

    def entered(self) -> None:
        """See Room."""
        super().entered()
        if self.edgeops.session and self.librarian is None:
            self.librarian = Librarian(self.edgeops.session)
        self.fill()
        self.search(self._words)

    def on_resize(self) -> None:
        """Two sides where there is room for them."""
        self.set_class(self._wide, "-wide")
        self.fill()
        self._show_beside()

    def on_unmount(self) -> None:
        """Close the store."""
        if self.librarian:
            self.librarian.end()

    # ------------------------------------------------------------ what is shown

    def _writer(self, columns: int) -> EntryWriter:
        app = self.edgeops
        return EntryWriter(app.say, max(columns - 2, 16), app.ascii_only, app.zone)

    def fill(self) -> None:
        """Show what was found, and the entry at the cursor."""
        columns = self.app.size.width // 2 if self._wide else self.app.size.width
        if self.finding:
            self.hits.write(list(self._writer(columns).finding(self.finding)))
        beside = self._writer(columns).entry(self._beside) if self._beside and self._wide else ()
        self.query_one("#beside", Sheet).write(list(beside))

    def on_sheet_moved(self, message: Sheet.Moved) -> None:
        """Another entry is at the cursor."""
        if message.sheet is self.hits:
            self._show_beside()

    def _show_beside(self) -> None:
        if self._wide and self.entry_at_hand and self.librarian:
            begin(self, "beside", partial(self._read_beside, self.librarian, self.entry_at_hand), instead=True)

    async def _read_beside(self, librarian: Librarian, name: str) -> None:
        lang = self.edgeops.say.lang
        try:
            self._beside = await librarian.do(lambda shelf: shelf.read(name, lang))
        except EdgeopsError:
            # It is gone, or the store is: the search says so.
            self._beside = None
        if self.is_there:
            self.fill()

    # ------------------------------------------------------------ search

    def action_search(self) -> None:
        """Type; every key searches."""
        self._typed = False
        self.prompt.ask("kb", f"/ {self.edgeops.say('kb_search')}:")

    def on_input_changed(self, message: Input.Changed) -> None:
        """Something else stands on the line: it is searched for when no key follows at once."""
        words = message.value.strip()
        # That the line is empty at first is no search.
        self._typed = self._typed or bool(words)
        if self._typed and self.prompt.kind == "kb" and self.prompt.has_class("-open"):
            self.search(words, _PATIENCE_S)

    def given(self, message: Prompt.Given) -> None:
        """What was searched for, or how an entry's advice went."""
        if message.kind == "kb":
            self.search(message.text.strip())
        else:
            super().given(message)

    def search(self, words: str, patience: float = 0.0) -> None:
        """List what fits the words; without any, what is known."""
        self._words = words
        if self.librarian is None:
            self.tell(self.edgeops.say("not_ready"))
            return
        if self.finding is None:
            self.tell(self.edgeops.say("kb_opening"))
        begin(self, "search", partial(self._search, self.librarian, words, patience), instead=True)

    async def _search(self, librarian: Librarian, words: str, patience: float) -> None:
        await asyncio.sleep(patience)
        first, failure = self.finding is None, ""
        try:
            self.finding = await librarian.do(lambda shelf: shelf.find(words))
        except EdgeopsError as error:
            failure = str(error)
        if not self.is_there:
            return
        if failure:
            self.tell(failure)
        elif first:
            self.untell(self.edgeops.say("kb_opening"))
        self.fill()
        self._show_beside()
        if not failure:
            await self._complete(librarian)

    async def _complete(self, librarian: Librarian) -> None:
        """Meanings that are missing are made while nobody types. What fails there is no loss: words find, too."""
        more = True
        while more:
            await asyncio.sleep(_REST_S)
            with suppress(EdgeopsError):
                more = await librarian.do(lambda shelf: shelf.fill())

    # ------------------------------------------------------------ entries

    @property
    def entry_at_hand(self) -> str:
        """See Judging."""
        return str(self.hits.target or "")

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        """Open the entry."""
        if self.entry_at_hand:
            self.open(self.entry_at_hand)

    def open(self, name: str) -> None:
        """Show an entry by its id."""
        if self.librarian:
            self.app.push_screen(EntryScreen(self.librarian, name))
        else:
            self.tell(self.edgeops.say("not_ready"))

    def action_note(self) -> None:
        """Write a new one."""
        from edgeops.tui.screens.editing import EditScreen  # loads the editor when somebody edits

        if self.librarian:
            self.app.push_screen(EditScreen(self.librarian))

    def copied(self) -> str:
        """See Room."""
        return self.focused.copy if isinstance(self.focused, Sheet) else ""

    def judged(self) -> None:
        """See Judging."""
        self.search(self._words)
