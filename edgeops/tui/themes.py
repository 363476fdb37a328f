"""Colours: dark, light, of high contrast, and those of the terminal itself where it has only sixteen."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

_POOR = ("linux", "vt100", "vt102", "vt220", "ansi", "cons25", "dumb")

THEMES = (
    Theme(
        name="edgeops-dark", primary="#5fafff", secondary="#5f87af", accent="#87d7d7", warning="#ffd75f", error="#ff6f6f",
        success="#87d787", foreground="#d8d8d8", background="#121418", surface="#181b20", panel="#22262d",
        variables={"cursor-ground": "#2d4a66", "ink-dim": "#8a9099"},
    ),
    Theme(
        name="edgeops-light", primary="#005faf", secondary="#5f87af", accent="#006f6f", warning="#8f5f00", error="#af0000",
        success="#006f00", foreground="#1c1c1c", background="#fafafa", surface="#f0f0f0", panel="#e2e6ea", dark=False,
        variables={"cursor-ground": "#c5ddf5", "ink-dim": "#5f6770"},
    ),
    Theme(
        name="edgeops-contrast", primary="#00afff", secondary="#ffffff", accent="#00ffff", warning="#ffff00",
        error="#ff5f5f", success="#5fff5f", foreground="#ffffff", background="#000000", surface="#000000", panel="#303030",
        variables={"cursor-ground": "#00405f", "ink-dim": "#d0d0d0"},
    ),
)  # fmt: skip

OF_THE_TERMINAL = {"cursor-ground": "ansi_default", "ink-dim": "ansi_default"}
"""What the terminal's own theme has for our variables."""

NAMES = {"dark": "edgeops-dark", "light": "edgeops-light", "contrast": "edgeops-contrast", "ansi": "ansi-dark"}


def chosen(environ: Mapping[str, str]) -> str:
    """The theme for a terminal: its own colours where it has few."""
    term = environ.get("TERM", "")
    return NAMES["ansi"] if term.partition("-")[0] in _POOR or term in ("screen", "xterm-16color") else NAMES["dark"]
