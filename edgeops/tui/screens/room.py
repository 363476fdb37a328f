"""What all screens share: a title, a line to type in, a status, the keys; and the ways out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from edgeops.text import show
from edgeops.tui.keymap import EVERYWHERE, named, scopes_of, translated
from edgeops.tui.places import HOME, PLACES
from edgeops.tui.places import NAMES as PLACE_NAMES
from edgeops.tui.widgets.bars import KeyBar, StatusBar
from edgeops.tui.widgets.prompt import Prompt
from edgeops.tui.widgets.title import TitleBar

if TYPE_CHECKING:
    from edgeops.tui.app import EdgeopsApp


class Room(Screen[None]):
    """A screen of the app. TITLED is the phrase that names it, that of its place if it is one; KEYS are those shown at its foot."""

    AUTO_FOCUS = ""
    _told = ""
    TITLED: ClassVar[str] = ""
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = ()
    """Key, what it does in English, and in Chinese."""

    BINDINGS: ClassVar[list[BindingType]] = named(
        EVERYWHERE,
        [
            Binding("q,escape", "back", show=False),
            *(Binding(place.key, f"app.place('{place.name}')", show=False) for place in PLACES),
            Binding("question_mark,f1", "app.help", show=False),
            Binding("colon", "command", show=False),
            Binding("semicolon", "question", show=False),
            Binding("y", "copy", show=False),
        ],
    )

    def __init_subclass__(cls) -> None:
        """Name the keys of each screen after it."""
        scope = cls.TITLED or cls.__name__.removesuffix("Screen").lower()
        cls.BINDINGS = named(scope, cls.__dict__.get("BINDINGS", ()))
        super().__init_subclass__()

    @property
    def edgeops(self) -> EdgeopsApp:
        """The app, as what it is."""
        return cast("EdgeopsApp", self.app)

    def compose(self) -> ComposeResult:
        """See Widget."""
        yield TitleBar()
        yield from self.body()
        yield Prompt()
        yield StatusBar()
        yield KeyBar()

    def body(self) -> Iterable[Widget]:
        """What the screen is for."""
        return ()

    def on_mount(self) -> None:
        """Fill what does not change."""
        self.relabel()
        self.rest()

    def relabel(self) -> None:
        """Write everything in the language of now."""
        column, keymap = (2 if self.edgeops.say.lang == "zh" else 1), self.edgeops.keymap
        pairs = [(translated(keys[0], self.scopes, keymap), keys[column]) for keys in self.KEYS]
        self.query_one(KeyBar).keys(pairs)
        self.entered()

    @property
    def scopes(self) -> tuple[str, ...]:
        """Whose keys work here."""
        return (*scopes_of(self.TITLED), EVERYWHERE)

    def on_screen_resume(self) -> None:
        """The screen is looked at again; the language may be another now."""
        self.relabel()

    def entered(self) -> None:
        """Bring the bars up to date."""
        self.title_bar()
        self.status("")

    def title_bar(self) -> None:
        """The places by number, this one bright, and what was opened there."""
        say = self.edgeops.say
        tabs = [(place.key, place.name, say(place.name)) for place in PLACES]
        within = "" if self.TITLED in PLACE_NAMES else say(self.TITLED)
        self.query_one(TitleBar).call(tabs, self.app.current_mode, within, self.edgeops.model_name)

    def on_title_bar_picked(self, message: TitleBar.Picked) -> None:
        """A tab was clicked."""
        self.edgeops.action_place(message.place)

    def status(self, text: str, right: str = "", ink: str = "text") -> None:
        """A sentence below; what the app is doing, if there is none, or what was to be said at the start."""
        self._told = text
        say = self.edgeops.say
        idle = "; ".join(map(say.told, self.edgeops.warnings)) if self.TITLED == HOME else ""
        self.query_one(StatusBar).say([(ink, f" {say.told(text) or self.edgeops.doing or idle}")], right)

    def tell(self, text: str) -> None:
        """A sentence below, until something else is said."""
        self.status(text)

    def untell(self, text: str) -> None:
        """Take a sentence back, unless something else was said since."""
        if self._told == text:
            self.status("")

    def fill(self) -> None:
        """What it shows has changed."""

    def toiled(self) -> None:
        """More is known of the log."""

    def rest(self) -> None:
        """Give the keys to what the screen is for."""

    @property
    def is_there(self) -> bool:
        """Whether its widgets are: what takes time may end after the screen was left."""
        return bool(self.query(StatusBar))

    @property
    def prompt(self) -> Prompt:
        """The line to type in."""
        return self.query_one(Prompt)

    def on_prompt_closed(self) -> None:
        """The keys go back to where they were."""
        self.rest()

    def on_prompt_given(self, message: Prompt.Given) -> None:
        """What was typed."""
        if message.kind == "command":
            self.edgeops.command(message.text)
        elif message.kind == "sql":
            self.edgeops.ask_store(message.text)
        else:
            self.given(message)

    def given(self, message: Prompt.Given) -> None:
        """What was typed for the screen itself."""

    def action_command(self) -> None:
        """Type a command."""
        self.edgeops.type_command("")

    def action_question(self) -> None:
        """Type a question in SQL."""
        self.edgeops.type_question()

    def action_back(self) -> None:
        """To where one came from."""
        self.edgeops.back()

    def copied(self) -> str:
        """What `y` copies."""
        return ""

    def action_copy(self) -> None:
        """Copy; the terminal does it (OSC 52), so it works over SSH. Control characters are copied as pictures."""
        text = show(self.copied())
        if text:
            self.app.copy_to_clipboard(text)
        self.tell(self.edgeops.say("copied", what=text) if text else self.edgeops.say("nothing_to_copy"))
