"""Keys of a person's own. A binding is called by the screen it works in and the key it has by default: `logs./=ctrl+f`.

So the help page names everything that can be set, and no screen has to invent names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

from textual.binding import Binding, BindingType

EVERYWHERE = "all"
# As Textual calls characters whose Unicode name it does not take.
_NAMES = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "low_line": "underscore",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
}
_SHOWN = {"question_mark": "?", "escape": "esc", "enter": "Enter", "tab": "Tab", "f1": "F1"}
_KEPT = ("escape", "enter", "ctrl+c")
"""Keys that always do what they do: without them nobody gets out of a screen."""

Known = Mapping[str, tuple[str, ...]]
"""The default keys of each binding by its name."""
Problem = tuple[str, dict[str, str]]
"""A phrase that says what is wrong with a setting, and what fills its holes."""


def named(scope: str, bindings: Iterable[BindingType]) -> list[BindingType]:
    """The bindings of a screen or a widget, each with a name by which its first key can be changed."""
    return [
        replace(one, id=f"{scope}.{plain(one.key.partition(',')[0])}")
        if isinstance(one, Binding) and not one.id
        else one
        for one in bindings
    ]


def plain(key: str) -> str:
    """A key as Textual calls it, from the same or as a person writes it: `/`, `esc`, `ctrl-d`, `Enter`."""
    if len(key) > 1:
        key = key.lower() if key[:5].lower() not in ("ctrl-", "ctrl+") else f"ctrl+{key[5:].lower()}"
        return next((name for name, shown_ in _SHOWN.items() if shown_.lower() == key), key)
    if not key or key.isalnum():
        return key
    name = unicodedata.name(key, "").lower().replace(" ", "_").replace("-", "_")
    return _NAMES.get(name, name)


def shown(key: str) -> str:
    """A key as it is shown, from how Textual calls it."""
    if key in _SHOWN:
        return _SHOWN[key]
    back = {name: char for name, char in ((plain(chr(code)), chr(code)) for code in range(33, 127)) if len(name) > 1}
    return back.get(key, key.replace("ctrl+", "ctrl-"))


def known() -> dict[str, tuple[str, ...]]:
    """The default keys of every binding that can be changed. Loads every screen."""
    found: dict[str, dict[str, None]] = {}
    for owner in _owners():
        for one in Binding.make_bindings(owner.__dict__.get("BINDINGS", ())):
            if one.id:
                found.setdefault(one.id, {})[one.key] = None
    return {name: tuple(keys) for name, keys in found.items()}


def _owners() -> Iterator[type]:
    for package in ("edgeops.tui.screens", "edgeops.tui.widgets"):
        room = import_module(package)
        for module in iter_modules(room.__path__):
            for thing in vars(import_module(f"{package}.{module.name}")).values():
                if isinstance(thing, type) and thing.__module__ == f"{package}.{module.name}":
                    yield thing


def read(entries: Sequence[str], known: Known) -> tuple[dict[str, str], list[Problem]]:
    """The keymap that these settings mean, and what is wrong with those that are left out."""
    keymap: dict[str, str] = {}
    problems: list[Problem] = []
    for entry in entries:
        name, _, given = entry.partition("=") if entry.count("=") < 2 else entry.rpartition("=")
        scope, _, key = name.strip().partition(".")
        name, keys = f"{scope}.{plain(key)}", [plain(one.strip()) for one in given.split(",") if one.strip()]
        problem = _problem(name, keys, entry, {**known, **{one: tuple(it.split(",")) for one, it in keymap.items()}})
        if problem:
            problems.append(problem)
        else:
            # What else does the same, as the arrows do, goes on doing it.
            keymap[name] = ",".join((*keys, *known[name][1:]))
    return keymap, problems


def _problem(name: str, keys: Sequence[str], entry: str, now: Known) -> Problem | None:
    if name not in now:
        scope = name.partition(".")[0]
        there = sorted(shown(one.partition(".")[2]) for one in now if one.partition(".")[0] == scope)
        names = " ".join(there) or ", ".join(sorted({one.partition(".")[0] for one in now}))
        return "key_unknown", {"entry": entry, "names": names}
    if not keys or name.partition(".")[2] in _KEPT:
        return "key_none", {"entry": entry}
    for other, theirs in now.items():
        if other != name and _meet(name, other) and (twice := set(keys) & {*theirs}):
            return "key_twice", {"entry": entry, "key": shown(min(twice)), "other": _said(other)}
    return None


def _meet(one: str, other: str) -> bool:
    """Whether two bindings may be asked for the same key at the same time."""
    first, second = (scopes_of(name.partition(".")[0]) for name in (one, other))
    return bool({*first} & {*second}) or EVERYWHERE in (*first, *second)


def scopes_of(scope: str) -> tuple[str, ...]:
    """What has the keys beside a screen or a widget: lines of logs are in one screen, sheets in all others."""
    beside = {"logs": "logview", "sheet": "sheet", EVERYWHERE: EVERYWHERE}.get(scope, "sheet")
    return (scope,) if scope in (beside, "logview") else (scope, beside)


def _said(name: str) -> str:
    scope, _, key = name.partition(".")
    return f"{scope}.{shown(key)}"


def translated(text: str, scopes: Sequence[str], keymap: Mapping[str, str]) -> str:
    """Keys as a page shows them by default, such as `n N`, as they are now."""
    if not keymap:
        return text
    return " ".join(_now(word, scopes, keymap) for word in text.split(" "))


def _now(word: str, scopes: Sequence[str], keymap: Mapping[str, str]) -> str:
    keys = next((keymap[name] for name in (f"{scope}.{plain(word)}" for scope in scopes) if name in keymap), "")
    return shown(keys.partition(",")[0]) if keys and word else word
