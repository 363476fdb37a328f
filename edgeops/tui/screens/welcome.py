"""The first screen of somebody who is new: what this machine has, a model that fits, logs or a sample to see the first explanation of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from edgeops.records import Purpose
from edgeops.tui.greeting import SAMPLES, Host, samples
from edgeops.tui.model_page import told
from edgeops.tui.paint import Line, paragraph
from edgeops.tui.screens.room import Room
from edgeops.tui.sizes import size
from edgeops.tui.widgets.prompt import Prompt
from edgeops.tui.widgets.sheet import Sheet

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """What a line does: `pull` a model, `open` logs, `import`, `other` (asks for a path), `journal`."""

    kind: str
    names: tuple[str, ...] = ()


class WelcomeScreen(Room):
    """Whatever is chosen, it is not shown again by itself."""

    TITLED = "welcome"
    KEYS: ClassVar = [
        ("Enter", "do it", "执行"),
        ("j k", "move", "移动"),
        ("i", "import a model", "导入模型"),
        ("?", "help", "帮助"),
        ("q", "leave", "离开"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [Binding("i", "import", show=False)]

    def body(self) -> Iterable[Widget]:
        """See Room."""
        yield Sheet(id="welcome")

    def rest(self) -> None:
        """See Room."""
        self.query_one(Sheet).focus()

    def entered(self) -> None:
        """See Room."""
        super().entered()
        self.edgeops.look_at_stock()
        self.edgeops.look_at_host()
        self.fill()

    def on_resize(self) -> None:
        """Columns are those of the window."""
        self.fill()

    @property
    def _columns(self) -> int:
        return max(self.app.size.width - 2, 16)

    def fill(self) -> None:
        """Show what is known by now."""
        self.query_one(Sheet).write(list(self._lines()))
        if self.edgeops.job:
            self.status(told(self.edgeops.say, self.edgeops.job), ink="accent")

    def _lines(self) -> Iterator[Line]:
        say, host = self.edgeops.say, self.edgeops.host
        yield from self._text(say("hello"))
        yield Line()
        yield from self._text(say("hello_machine"), "head")
        yield from self._machine(host)
        yield Line()
        yield from self._text(say("hello_model"), "head")
        yield from self._models()
        yield Line()
        yield from self._text(say("hello_first"), "head")
        yield from self._logs(host)
        yield from self._samples()
        yield from self._choice(say("hello_other"), Choice("other"))
        yield Line()
        yield from self._text(say("hello_bye"), "dim")

    def _machine(self, host: Host | None) -> Iterator[Line]:
        say = self.edgeops.say
        if host is None:
            yield from self._text(say("hello_looking"), "dim", "   ")
            return
        meters = host.meters
        words = say(
            "hello_has", free=f"{meters.memory_free:,}", all=f"{meters.memory:,}", cores=meters.cores,
            disk=size(meters.disk_free << 20),
        )  # fmt: skip
        yield from self._text(words, "text", "   ")
        if host.denied:
            yield from self._text(say("hello_denied", count=host.denied), "dim", "   ")

    def _models(self) -> Iterator[Line]:
        say, stock = self.edgeops.say, self.edgeops.stock
        if stock is None:
            yield from self._text(say("models_looking"), "dim", "   ")
            return
        if name := stock.server or stock.answering:
            yield from self._text(say("hello_ready", name=name), "ok", "   ")
            return
        offered = [one for one in stock.models if one.purpose is Purpose.ANSWERS and not one.installed and not one.base]
        fitting = [one for one in offered if one.memory_mb <= stock.memory_mb]
        best = max(fitting, key=lambda one: one.memory_mb, default=None)
        # What fits best is at hand first.
        for one in sorted(offered, key=lambda one: (one is not best, one.memory_mb)):
            words = say("hello_pull", name=one.name, size=size(one.bytes), need=f"{one.memory_mb:,}")
            note = say("hello_best") if one is best else "" if one in fitting else say("hello_big")
            yield from self._choice(f"{words} - {note}" if note else words, Choice("pull", (one.name,)))
        yield from self._choice(say("hello_import"), Choice("import"))
        yield from self._text(say("hello_later"), "dim", "   ")

    def _logs(self, host: Host | None) -> Iterator[Line]:
        say = self.edgeops.say
        if host is None:
            yield from self._text(say("hello_looking"), "dim", "   ")
            return
        if host.logs:
            names = ", ".join(Path(one.path).name for one in host.logs[:_NAMED])
            if len(host.logs) > _NAMED:
                names = say("hello_more", names=names, count=len(host.logs) - _NAMED)
            paths = tuple(one.path for one in host.logs)
            yield from self._choice(
                say("hello_system", names=names, size=size(sum(one.bytes for one in host.logs))), Choice("open", paths)
            )
        else:
            yield from self._text(say("hello_no_logs"), "dim", "   ")
        if host.journal:
            yield from self._choice(say("hello_journal"), Choice("journal"))

    def _samples(self) -> Iterator[Line]:
        folder, column = samples(), 2 if self.edgeops.say.lang == "zh" else 1
        for one in SAMPLES:
            if folder and (folder / one[0]).exists():
                words = self.edgeops.say("hello_sample", title=one[column])
                yield from self._choice(words, Choice("open", (str(folder / one[0]),)))

    def _choice(self, text: str, choice: Choice) -> Iterator[Line]:
        mark = " > " if self.edgeops.ascii_only else " ▸ "
        for at, line in enumerate(paragraph(text, self._columns - 4, "text", "", self.edgeops.ascii_only)):
            yield Line((("key", mark if at == 0 else "   "), *line.spans), choice if at == 0 else None)

    def _text(self, text: str, ink: str = "text", indent: str = " ") -> Iterator[Line]:
        for line in paragraph(text, self._columns - len(indent), ink, "", self.edgeops.ascii_only):
            yield Line((("text", indent), *line.spans))

    # ------------------------------------------------------------ what a line does

    def on_sheet_chosen(self, message: Sheet.Chosen) -> None:
        """Do it."""
        app, choice = self.edgeops, message.target
        if choice.kind == "pull":
            app.pull_model(*choice.names)
        elif choice.kind == "open":
            app.first(choice.names)
        elif choice.kind == "journal":
            app.leave_welcome()
            app.command("watch --journal --from-end")
        elif choice.kind == "import":
            self.action_import()
        else:
            self.prompt.ask("path", app.say("hello_other_what"), text="/var/log/")

    def action_import(self) -> None:
        """Ask where a model is."""
        self.prompt.ask("model", self.edgeops.say("hello_from"))

    def given(self, message: Prompt.Given) -> None:
        """Where a model is, or logs are."""
        text = message.text.strip()
        if text and message.kind == "model":
            self.edgeops.bring_model(text)
        elif text and message.kind == "path":
            self.edgeops.first([text])

    def action_back(self) -> None:
        """Stop what is being done, or leave for good."""
        if not self.edgeops.stop_job():
            self.edgeops.leave_welcome()
