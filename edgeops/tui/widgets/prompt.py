"""The line at the bottom where one types: what to search for, a filter, a command."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from edgeops.text import show, width
from edgeops.tui.widgets.bars import Bar

_MOST_KEPT = 100


class PromptLabel(Bar):
    """What is asked."""

    def ask(self, text: str) -> None:
        """Ask this; the label is as wide as the question."""
        self.say([("key", text)])
        self.styles.width = width(show(text))


class PromptInput(Input):
    """Where it is typed. What is pasted may come from a log, so it is made safe as it comes in."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("up", "past(-1)", show=False),
        Binding("down", "past(1)", show=False),
        Binding("ctrl+r", "expression", show=False),
        Binding("tab", "complete", show=False),
    ]

    def insert_text_at_cursor(self, text: str) -> None:
        """See Input."""
        super().insert_text_at_cursor(show(text))

    def _on_paste(self, event: events.Paste) -> None:
        # Input is given the event after this, and would take the first line alone.
        event.text = " ".join(event.text.split("\n"))

    def action_leave(self) -> None:
        """Type nothing after all."""
        self._prompt.close()

    def action_past(self, by: int) -> None:
        """What was typed before."""
        self._prompt.recall(by)

    def action_expression(self) -> None:
        """A text, or a regular expression."""
        self._prompt.toggle()

    def action_complete(self) -> None:
        """Take the suggestion."""
        self.action_cursor_right()

    @property
    def _prompt(self) -> Prompt:
        found = self.parent
        assert isinstance(found, Prompt)
        return found


class Prompt(Horizontal):
    """Asked with `ask`, it answers with `Given`. kind says what for; regex whether a search is an expression."""

    class Given(Message):
        """What was typed."""

        def __init__(self, kind: str, text: str, regex: bool) -> None:
            super().__init__()
            self.kind, self.text, self.regex = kind, text, regex

    def __init__(self) -> None:
        super().__init__()
        self.kind = ""
        self.regex = False
        self._labels = ("", "")
        self._past: dict[str, list[str]] = {}
        self._at = 0

    def compose(self) -> ComposeResult:
        """See Widget."""
        yield PromptLabel()
        yield PromptInput(compact=True, select_on_focus=False)

    def ask(
        self,
        kind: str,
        label: str,
        expression: str = "",
        suggester: Suggester | None = None,
        text: str = "",
    ) -> None:
        """Ask for something. expression is the label of the same as a regular expression; ctrl-r changes between them."""
        self.kind, self._labels, self.regex = kind, (label, expression), False
        self._at = 0
        entry = self.query_one(PromptInput)
        entry.suggester = suggester
        entry.value = text
        entry.cursor_position = len(text)
        self._label()
        self.add_class("-open")
        entry.focus()

    def _label(self) -> None:
        self.query_one(PromptLabel).ask(f"{self._labels[self.regex]} ")

    def toggle(self) -> None:
        """From text to expression and back, where both are meant."""
        if self._labels[1]:
            self.regex = not self.regex
            self._label()

    def recall(self, by: int) -> None:
        """Something that was typed before for the same."""
        past = self._past.get(self.kind, [])
        self._at = min(max(self._at - by, 0), len(past))
        entry = self.query_one(PromptInput)
        entry.value = past[-self._at] if self._at else ""
        entry.cursor_position = len(entry.value)

    def close(self) -> None:
        """Ask no more."""
        self.remove_class("-open")
        self.screen.set_focus(None)
        self.post_message(self.Closed())

    class Closed(Message):
        """Nothing is asked any more."""

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Hand on what was typed."""
        event.stop()
        past = self._past.setdefault(self.kind, [])
        if event.value and event.value not in past[-1:]:
            past.append(event.value)
            del past[:-_MOST_KEPT]
        given = self.Given(self.kind, event.value, self.regex)
        # First it is closed: whoever is given something may ask for more.
        self.close()
        self.post_message(given)
