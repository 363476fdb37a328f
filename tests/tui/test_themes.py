"""Themes: every ink can be read on every ground, and each terminal gets one that it can show."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from edgeops.tui.inks import INKS, styles
from edgeops.tui.themes import NAMES, THEMES, chosen

LEAST = {"edgeops-contrast": 7.0}
"""WCAG 2: 4.5 to 1 for text, 7 to 1 for enhanced contrast."""
GROUNDS = ("background", "surface", "panel", "cursor-ground")


def ratio(one: Color, other: Color) -> float:
    """The contrast of two colours as WCAG 2 defines it."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: Color) -> float:
    parts = (part / 255 for part in (colour.r, colour.g, colour.b))
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def colours(theme: Theme) -> dict[str, Color]:
    found = {**theme.to_color_system().generate(), **theme.variables}
    named = {ink.colour for ink in INKS.values()} | {ink.ground for ink in INKS.values()} | set(GROUNDS)
    return {name: Color.parse(found[name]) for name in named if name}


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_ink_can_be_read_on_every_ground(theme: Theme) -> None:
    known, least = colours(theme), LEAST.get(theme.name, 4.5)
    for name, ink in INKS.items():
        for ground in [ink.ground] if ink.ground else GROUNDS:
            found = ratio(known[ink.colour or "foreground"], known[ground])
            assert found >= least, f"{name} on {ground}: {found:.2f}"


def test_with_sixteen_colours_every_ink_is_one_of_the_terminals_own() -> None:
    named = {"foreground": "ansi_default", "background": "ansi_default", "primary": "ansi_blue", "accent": "ansi_cyan"}
    for style in styles(named, sixteen=True).values():
        for colour in (style.color, style.bgcolor):
            assert colour is None or colour.is_default or (colour.number is not None and colour.number < 16)


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"TERM": "linux"}, "ansi"),
        ({"TERM": "vt220"}, "ansi"),
        ({"TERM": "screen"}, "ansi"),
        ({}, "ansi"),
        ({"TERM": "xterm-256color"}, "dark"),
        ({"TERM": "tmux-256color"}, "dark"),
        ({"TERM": "xterm-kitty"}, "dark"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "dark"),
        ({"TERM": "xterm-256color", "COLORFGBG": "0;15"}, "light"),
        ({"TERM": "rxvt-256color", "COLORFGBG": "15;default;0"}, "dark"),
    ],
)
def test_a_terminal_gets_a_theme_that_it_can_show(environ: dict[str, str], name: str) -> None:
    assert chosen(environ) == NAMES[name]
