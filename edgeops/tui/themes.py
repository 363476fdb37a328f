"""Colours: dark, light, of high contrast, and those of the terminal itself where it has only sixteen."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

THEMES = (
    Theme(
        name="edgeops-dark", primary="#5fafff", secondary="#5f87af", accent="#87d7d7", warning="#ffd75f", error="#ff8787",
        success="#87d787", foreground="#d8d8d8", background="#121418", surface="#181b20", panel="#22262d",
        variables={"cursor-ground": "#1f3a54", "ink-dim": "#a3a9b1"},
    ),
    Theme(
        name="edgeops-light", primary="#0058a3", secondary="#5f87af", accent="#00605f", warning="#754c00", error="#af0000",
        success="#00660a", foreground="#1c1c1c", background="#fafafa", surface="#f0f0f0", panel="#e2e6ea", dark=False,
        variables={"cursor-ground": "#d3e6f9", "ink-dim": "#525a63"},
    ),
    Theme(
        name="edgeops-contrast", primary="#5fd7ff", secondary="#ffffff", accent="#00ffff", warning="#ffff00",
        error="#ff9d9d", success="#5fff5f", foreground="#ffffff", background="#000000", surface="#000000", panel="#202020",
        variables={"cursor-ground": "#002a3f", "ink-dim": "#d0d0d0"},
    ),
)  # fmt: skip

OF_THE_TERMINAL = {"cursor-ground": "ansi_default", "ink-dim": "ansi_default"}
"""What the terminal's own theme has for our variables."""

NAMES = {
    "dark": "edgeops-dark",
    "light": "edgeops-light",
    "contrast": "edgeops-contrast",
    "ansi": "ansi-dark",
    "ascii": "ansi-dark",
}
"""What a person calls them. ansi takes the terminal's own sixteen colours; ascii draws nothing but ASCII besides."""

_RICH = ("truecolor", "24bit")
_COLOURS = ("256color", "kitty", "direct", "truecolor")
_LIGHT_GROUNDS = ("7", "15")


def chosen(environ: Mapping[str, str]) -> str:
    """The theme for a terminal: its own colours where it has few, light where it says that its ground is."""
    many = environ.get("COLORTERM", "").lower() in _RICH or environ.get("TERM", "").rpartition("-")[2] in _COLOURS
    if not many:
        return NAMES["ansi"]
    ground = environ.get("COLORFGBG", "").rpartition(";")[2]
    return NAMES["light" if ground in _LIGHT_GROUNDS else "dark"]
