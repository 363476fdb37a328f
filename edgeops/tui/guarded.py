"""An app into which no unsafe text comes by pasting, out of which none goes by crashing, that leaves with its terminal, and whose
text is drawn in inks."""

from __future__ import annotations

import select
import sys

from rich.style import Style
from textual import events
from textual.app import App

from edgeops.text import show_lines
from edgeops.tui.inks import styles
from edgeops.tui.typeahead import Pressed, TypeAhead

_LOOK_S = 1.0


class GuardedApp(App[None]):
    """What edgeops wants of any full-screen app."""

    _inks: tuple[str, dict[str, Style]] = ("", {})
    _typeahead: TypeAhead | None = None

    @property
    def inks(self) -> dict[str, Style]:
        """The styles of the inks in the theme of now."""
        if self._inks[0] != self.theme:
            self._inks = self.theme, styles(self.get_css_variables(), self.native_ansi_color)
        return self._inks[1]

    def on_ready(self) -> None:
        """Leave when the terminal is gone, as when a connection broke: Textual would read its end again and again for ever."""
        if not self.is_headless:
            hung = select.poll()
            hung.register(sys.__stdin__.fileno() if sys.__stdin__ else 0, 0)
            self.set_interval(_LOOK_S, lambda: self.exit() if hung.poll(0) else None)

    async def on_event(self, event: events.Event) -> None:
        """What is pasted may come from a log: it is made safe before any widget has it. Keys take effect one after the other."""
        if isinstance(event, events.Paste):
            event.text = show_lines(event.text)
        if isinstance(event, Pressed) and not event.is_forwarded:
            self._typeahead = self._typeahead or TypeAhead(self, super().on_event)
            await self._typeahead.take(event)
        else:
            await super().on_event(event)

    def _fatal_error(self) -> None:
        # Textual would print a traceback with the values of all variables, log text among them, unshown. Our handler of
        # errors (`edgeops.cli.failure`) is given the exception instead.
        self._close_messages_no_wait()

    @property
    def crash(self) -> Exception | None:
        """What nobody expected, if the app ended by it."""
        return self._exception
