"""The models: which there are, which is here, verified and active, whether it fits; brought, checked, chosen, measured, removed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from edgeops.catalog.listing import Listed
from edgeops.tui.model_page import Page, told
from edgeops.tui.screens.room import Room
from edgeops.tui.widgets.prompt import Prompt
from edgeops.tui.widgets.sheet import Sheet

_SURE = "yes"


class ModelsScreen(Room):
    """Enter shows a model whole."""

    TITLED = "models"
    KEYS: ClassVar = [
        ("Enter", "details", "详情"),
        ("p", "fetch", "获取"),
        ("P", "from a stick", "从 U 盘"),
        ("i", "import", "导入"),
        ("u", "use", "使用"),
        ("U", "auto", "自动"),
        ("v", "verify", "校验"),
        ("s", "speed", "测速"),
        ("r", "remove", "删除"),
        ("?", "help", "帮助"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pull", show=False),
        Binding("P", "carry", show=False),
        Binding("i", "import", show=False),
        Binding("u", "use", show=False),
        Binding("U", "use_any", show=False),
        Binding("v", "verify", show=False),
        Binding("s", "bench", show=False),
        Binding("r", "remove", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._opened: set[str] = set()
        self._asked = ""

    def body(self) -> Iterable[Widget]:
        """See Room."""
        yield Sheet(id="models")

    def rest(self) -> None:
        """See Room."""
        self.query_one(Sheet).focus()

    def entered(self) -> None:
        """See Room."""
        super().entered()
        self.edgeops.look_at_stock()
        self.fill()

    def on_resize(self) -> None:
        """Columns are those of the window."""
        self.fill()

    def fill(self) -> None:
        """Show the models as they are now; the cursor stays on its own."""
        app = self.edgeops
        page = Page(app.say, max(self.app.size.width - 1, 16), app.ascii_only)
        self.query_one(Sheet).write(list(page.lines(app.stock, app.speeds, self._opened)))
        if app.job:
            self.status(told(app.say, app.job), ink="accent")

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        """Show a model whole, or short again."""
        self._opened ^= {message.target}
        self.fill()

    def action_back(self) -> None:
        """Stop what is being done, or leave."""
        if not self.edgeops.stop_job():
            super().action_back()

    def _model(self, here: bool = True) -> Listed | None:
        """The model at the cursor, if it is here (or, not here, if it is not); a sentence says what is wrong otherwise."""
        app, name = self.edgeops, self.query_one(Sheet).target
        found = next((one for one in app.stock.models if one.name == name), None) if app.stock else None
        if found is None:
            self.tell(app.say("model_which"))
        elif found.installed is not here:
            self.tell(app.say("model_not_here" if here else "model_has", name=found.base or found.name))
            return None
        return found

    def action_pull(self) -> None:
        """Fetch it."""
        if one := self._model(here=False):
            self.edgeops.pull_model(one.base or one.name)

    def action_carry(self) -> None:
        """Fetch it from a file or folder."""
        if one := self._model(here=False):
            self._asked = one.base or one.name
            self.prompt.ask("place", self.edgeops.say("model_from", name=self._asked))

    def action_import(self) -> None:
        """Take in a file."""
        self.prompt.ask("file", self.edgeops.say("model_path"))

    def action_use(self) -> None:
        """Make it the one that answers."""
        if one := self._model():
            self.edgeops.use_model(one.name)

    def action_use_any(self) -> None:
        """Leave it to the free memory."""
        self.edgeops.use_model("")

    def action_verify(self) -> None:
        """Hash it again."""
        if one := self._model():
            self.edgeops.verify_model(one.base or one.name)

    def action_bench(self) -> None:
        """Measure it."""
        if one := self._model():
            self.edgeops.bench_model(one.name)

    def action_remove(self) -> None:
        """Delete it, if a person types that they are sure."""
        if one := self._model():
            self._asked = one.name
            self.prompt.ask("sure", self.edgeops.say("model_remove_sure", name=one.name))

    def given(self, message: Prompt.Given) -> None:
        """A place, a file, or that one is sure."""
        text = message.text.strip()
        if message.kind == "sure":
            if text.lower() == _SURE:
                self.edgeops.remove_model(self._asked)
            else:
                self.tell(self.edgeops.say("model_kept"))
        elif text and message.kind == "place":
            self.edgeops.pull_model(self._asked, text)
        elif text and message.kind == "file":
            self.edgeops.import_model(text)

    def copied(self) -> str:
        """See Room."""
        return self.query_one(Sheet).copy
