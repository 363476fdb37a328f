"""The one way from text to the screen: spans of text in a named ink, made showable here and nowhere else, never read as markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

# rich draws what textual shows: a segment is text with a style, and is taken literally.
from rich.segment import Segment
from rich.style import Style

# textual: the terminal app framework of rich's makers, with a pilot for tests; nothing else as complete is kept up.
from textual.strip import Strip
from textual.widget import Widget

from edgeops.records import Severity
from edgeops.text import show, width, wrap
from edgeops.tui.keymap import named

if TYPE_CHECKING:
    from edgeops.tui.guarded import GuardedApp

Span = tuple[str, str]
"""The name of an ink (see `inks`), and text as it came: it is made safe when it is drawn."""

OF_SEVERITY = {
    Severity.NONE: "text",
    Severity.DEBUG: "debug",
    Severity.INFO: "text",
    Severity.NOTICE: "notice",
    Severity.WARNING: "warning",
    Severity.ERROR: "error",
    Severity.CRITICAL: "fatal",
    Severity.FATAL: "fatal",
}


Link = tuple[int, int, Any]
"""Columns of a line, from and up to, and where a click on them leads."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a sheet. target is what Enter opens there, and makes it a line that the cursor stops at; copy is what `y` copies."""

    spans: tuple[Span, ...] = ()
    target: Any = None
    copy: str = ""
    links: tuple[Link, ...] = ()


class Painted(Widget):
    """A widget that draws spans."""

    def __init_subclass__(cls, **how: bool) -> None:
        """Name the keys of each widget after it."""
        cls.BINDINGS = named(cls.__name__.lower(), cls.__dict__.get("BINDINGS", ()))
        super().__init_subclass__(**how)

    @property
    def ascii_only(self) -> bool:
        """Whether the terminal can draw nothing else."""
        return bool(getattr(self.app, "ascii_only", False))

    def ink(self, name: str) -> Style:
        """The style of an ink, to be laid on this widget's ground."""
        return cast("GuardedApp", self.app).inks[name]

    def _paper(self, ground: str) -> Style:
        """What text is drawn on: worked out once, because it costs more than the text."""
        papers = self.__dict__.setdefault("_papers", {})
        if ground not in papers:
            papers[ground] = self.rich_style + self.ink(ground) if ground else self.rich_style
        return papers[ground]  # type: ignore[no-any-return]

    def notify_style_update(self) -> None:
        """See Widget: colours are others now."""
        self.__dict__.pop("_papers", None)
        super().notify_style_update()

    def drawn(self, spans: Iterable[Span], ground: str = "") -> Strip:
        """The spans as a strip, safe to show. ground is an ink that lies below all of them."""
        base = self._paper(ground)
        return Strip(
            [
                Segment(show(text, ascii_only=self.ascii_only), base + self.ink(ink) if ink != ground else base)
                for ink, text in spans
            ]
        )

    def fitted(self, strip: Strip, columns: int, ground: str = "") -> Strip:
        """The strip in exactly so many columns."""
        return strip.crop_extend(0, columns, self._paper(ground))


def paragraph(text: str, columns: int, ink: str = "text", indent: str = "", ascii_only: bool = False) -> Iterator[Line]:
    """Text of any length in lines of at most so many columns."""
    for line in wrap(show(text, ascii_only=ascii_only), columns, indent=indent):
        yield Line(((ink, line),))


def cut(text: str, columns: int, ascii_only: bool = False) -> str:
    """As much of the shown text as fits, an ellipsis for the rest."""
    if width(text) <= columns:
        return text
    more = "~" if ascii_only else "…"
    kept = ""
    for char in text[: max(columns, 0)]:
        if width(kept + char) > columns - 1:
            break
        kept += char
    return f"{kept}{more}" if columns > 0 else ""


def padded(text: str, columns: int, ascii_only: bool = False) -> str:
    """The shown text in exactly so many columns."""
    shown = cut(show(text, ascii_only=ascii_only), columns, ascii_only)
    return shown + " " * (columns - width(shown))
