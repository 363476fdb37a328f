"""An app into which no unsafe text comes by pasting, and out of which none goes by crashing."""

from __future__ import annotations

from textual import events
from textual.app import App

from edgeops.text import show


class GuardedApp(App[None]):
    """What edgeops wants of any full-screen app."""

    async def on_event(self, event: events.Event) -> None:
        """What is pasted may come from a log: it is made safe before any widget has it."""
        if isinstance(event, events.Paste):
            event.text = show(event.text)
        await super().on_event(event)

    def _fatal_error(self) -> None:
        # Textual would print a traceback with the values of all variables, log text among them, unshown. Our handler of
        # errors (`edgeops.cli.failure`) is given the exception instead.
        self._close_messages_no_wait()

    @property
    def crash(self) -> Exception | None:
        """What nobody expected, if the app ended by it."""
        return self._exception
