"""The inks that text is drawn in: a colour of the theme and perhaps bold, underlined or reversed; one table.

They are no component classes of Textual's: those are worked out anew for each widget, which took a third of the time to the first paint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# rich draws what textual shows: a style is colours and attributes.
from rich.style import Style

# textual: reads the colours of its themes.
from textual.color import Color


@dataclass(frozen=True, slots=True)
class Ink:
    """The names of the theme's colours of the letters and of their ground, "" for what lies below, and attributes as rich calls them."""

    colour: str = ""
    attributes: str = ""
    ground: str = ""


INKS: Mapping[str, Ink] = {
    "text": Ink("foreground"),
    "dim": Ink("ink-dim"),
    "head": Ink("primary", "bold"),
    "title": Ink("", "bold"),
    "key": Ink("accent", "bold"),
    "ref": Ink("accent", "underline"),
    "error": Ink("error"),
    "fatal": Ink("error", "bold reverse"),
    "warning": Ink("warning"),
    "notice": Ink("accent"),
    "debug": Ink("ink-dim"),
    "ok": Ink("success"),
    "hit": Ink("background", "", "warning"),
    "mark": Ink("accent", "bold"),
    "cursor": Ink("", "", "cursor-ground"),
    "chosen": Ink("", "", "panel"),
    "here": Ink("", "reverse"),
    "bar": Ink("primary"),
    "accent": Ink("accent"),
}

_OF_SIXTEEN: Mapping[str, Ink] = {
    **INKS,
    "dim": Ink("", "dim"),
    "debug": Ink("", "dim"),
    "error": Ink("ansi_bright_red"),
    "fatal": Ink("ansi_bright_red", "bold reverse"),
    "warning": Ink("ansi_bright_yellow"),
    "ok": Ink("ansi_bright_green"),
    "notice": Ink("ansi_bright_cyan"),
    "hit": Ink("ansi_black", "", "ansi_yellow"),
    "cursor": Ink("", "reverse"),
    "chosen": Ink("", "underline"),
}


def styles(variables: Mapping[str, str], sixteen: bool) -> dict[str, Style]:
    """The style of each ink. variables are the theme's; sixteen: the terminal's own colours are used."""
    return {name: _style(ink, variables) for name, ink in (_OF_SIXTEEN if sixteen else INKS).items()}


def _style(ink: Ink, variables: Mapping[str, str]) -> Style:
    colour, ground = (
        Color.parse(variables.get(name, name)).rich_color if name else None for name in (ink.colour, ink.ground)
    )
    attributes = dict.fromkeys(ink.attributes.split(), True)
    return Style(color=colour, bgcolor=ground, **attributes)  # type: ignore[arg-type]
