"""Writes docs/tui.md from the app's own tables of keys and commands: `python packaging/tui_page.py > docs/tui.md`."""

from __future__ import annotations

import sys
from itertools import groupby

from edgeops.tui.commands import COMMANDS, KEYS
from edgeops.tui.keymap import known, shown

_HEAD = """# The full screen

Written by `packaging/tui_page.py` from the app's tables; do not edit. The pictures are made of the shipped samples by `make pictures`.

`edgeops tui PATH…` opens files, directories and archives; without a path it shows what the store remembers and names the logs of
the last session, which `:last` opens again. A number or a click on the title leads to a place, `q` leads back, `?` names the keys.

## Incidents

What was found now, the worst first, and what was explained before. Enter opens one: the conclusion first, each cited line with
its place in its file, every step as the exact command with its risk; `y` copies it, nothing is run.

![the list of incidents](pictures/incidents.svg)
![one incident](pictures/incident.svg)

## Logs

All that was named in the order of time, with bars above; search, filters, marks, notes, and `t` for the templates with counts.

![the logs](pictures/logs.svg)
![the templates](pictures/templates.svg)

## Ask

Questions in English or Chinese; each sentence of an answer names the lines and the entries that bear it out.

![a question](pictures/ask.svg)

## Knowledge

Search at every key, entries with how often they worked, notes of your own.

![knowledge](pictures/knowledge.svg)

## Watch and models

What is followed, how far behind it is, and what the host can spare; which models there are, and which fits.

![the watch](pictures/watch.svg)
![the models](pictures/models.svg)

## Terminals, colours, sessions

Colours are those that the terminal can show: its own sixteen on the Linux console and wherever it does not say more, light where it says
that its ground is light. `:theme` and the setting `screen.theme` choose among dark, light, contrast (7 to 1), ansi and ascii;
`--ascii` draws no other characters, `NO_COLOR` is kept to. The mouse does what the keys do: tabs, lines, and the keys at the foot.

Where a session with the same logs ended the next one begins: place, line, filter, incident, colours. It is kept in the state folder
(`screen.resume = false` keeps nothing); a file that changed or vanished meanwhile is no error.
"""

_OWN = """
## Keys of your own

`screen.keys` in the [settings](config.md) is a list of `screen.key=new`, by the key that something has by default:
`keys = ["logs./=ctrl+f", "all.?=h"]`. Enter, esc and the arrows always do what they do. A name that is none, or a key that is taken,
is said at the start and left as it was.

| screen | keys |
|---|---|
"""


def page() -> str:
    """The page in Markdown."""
    parts = [_HEAD]
    for keys, does, _ in KEYS:
        if not keys:
            parts.append(f"\n## Keys: {does}\n\n| keys | do |\n|---|---|\n")
        else:
            parts.append(f"| {_code(keys)} | {does.replace('|', '&#124;')} |\n")
    parts.append("\n## Commands\n\nAfter `:`, or by ctrl-p.\n\n| command | does |\n|---|---|\n")
    for one in COMMANDS.values():
        parts.append(f"| {_code(one.name)} {one.takes.replace('|', ' or ')} | {one.en} |\n")
    parts.append(_OWN)
    names = sorted(name.partition(".")[::2] for name in known() if not name.endswith((".enter", ".escape")))
    for screen, group in groupby(names, key=lambda pair: pair[0]):
        parts.append(f"| `{screen}` | {_code(' '.join(shown(key) for _, key in group))} |\n")
    return "".join(parts)


def _code(keys: str) -> str:
    return " ".join(f"`{key.replace('|', '&#124;')}`" for key in keys.split())


if __name__ == "__main__":
    sys.stdout.write(page())
