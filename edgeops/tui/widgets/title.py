"""The title: the places as tabs, this one bright; the model at the right. What there is no room for gives way, the names first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import events
from textual.message import Message

from edgeops.text import show, width
from edgeops.tui.paint import Span
from edgeops.tui.widgets.bars import Bar

_PRODUCT = " edgeops "
Tab = tuple[str, str, str]
"""Key, name of the place, and how it is called in the language of now."""


class TitleBar(Bar):
    """A click on a tab leads to its place."""

    tabs: Sequence[Tab] = ()
    here = ""
    within = ""

    class Picked(Message):
        """A tab was clicked."""

        def __init__(self, place: str) -> None:
            super().__init__()
            self.place = place

    def call(self, tabs: Sequence[Tab], here: str, within: str, right: str) -> None:
        """Show these tabs. here is the place that one is at, within what was opened there, right what stands at the right."""
        self.tabs, self.here, self.within = tabs, here, within
        self.right = [("dim", f"{right} ")] if right else []
        self._arrange()

    def on_resize(self) -> None:
        """There is more room, or less."""
        self._arrange()

    def _arrange(self) -> None:
        room = self.size.width - sum(width(show(text)) for _, text in self.right)
        pieces = arranged(self.tabs, self.here, self.within, room)
        self.left = [span for _, spans in pieces for span in spans]
        self._cells = [name for name, spans in pieces for _, text in spans for _ in range(width(show(text)))]
        self.refresh()

    _cells: Sequence[str] = ()

    def on_click(self, event: events.Click) -> None:
        """The mouse does what the number keys do."""
        if event.x < len(self._cells) and self._cells[event.x]:
            self.post_message(self.Picked(self._cells[event.x]))


def arranged(tabs: Sequence[Tab], here: str, within: str, columns: int) -> list[tuple[str, list[Span]]]:
    """The tabs with their spans, as much of each as there is room for: all, without the product's name, or the numbers alone."""
    ways = [list(_tabs(tabs, here, within, *way)) for way in ((True, True), (False, True), (False, False))]
    fits = (way for way in ways if sum(width(show(text)) for _, spans in way for _, text in spans) <= columns)
    return next(fits, ways[-1])


def _tabs(tabs: Sequence[Tab], here: str, within: str, product: bool, names: bool) -> Iterator[tuple[str, list[Span]]]:
    if product:
        yield "", [("title", _PRODUCT)]
    for key, name, called in tabs:
        is_here = name == here
        spans = [("key", f" {key}")]
        if names or (is_here and not within):
            spans.append(("head" if is_here else "dim", f" {called}"))
        yield name, [*spans, ("text", " ")]
    if within:
        yield "", [("head", f"> {within} ")]
