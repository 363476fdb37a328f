"""What a person wishes of the screen: colours, and keys of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from edgeops.tui import keymap as keymaps
from edgeops.tui import themes
from edgeops.tui.holder import Holder
from edgeops.tui.paint import Painted

if TYPE_CHECKING:
    from edgeops.config import Screen


class Wishes(Holder):
    """keymap is what has other keys than by default: its name, and its keys."""

    keymap: Mapping[str, str] = {}
    worn = ""
    """The theme that was asked for by name, if one was."""

    def grant(self, wishes: Screen) -> None:
        """Do as the settings say."""
        if wishes.theme != "auto" and not self.worn:
            self.wear(wishes.theme)
        if wishes.keys:
            # Whoever has no keys of their own need not wait for all screens to be loaded.
            self.thread("keys", partial(self._read_keys, wishes.keys))

    def _read_keys(self, entries: Sequence[str]) -> None:
        read, problems = keymaps.read(entries, keymaps.known())
        self.call_from_thread(self._take_keys, read, [self.say(phrase, **holes) for phrase, holes in problems])

    def _take_keys(self, keymap: Mapping[str, str], problems: Sequence[str]) -> None:
        self.keymap = keymap
        self.set_keymap(keymap)
        if self.room:
            self.room.relabel()
        self.warn(problems)

    def wear(self, name: str) -> None:
        """Colours by the name that a person calls them; ascii draws nothing else, too."""
        self.worn = name
        self.ascii_only = self.around.ascii_only or name == "ascii"
        self.theme = themes.NAMES[name]
        for screen in self.screen_stack:
            for widget in screen.query(Painted):
                widget.notify_style_update()
                widget.refresh()
        if self.room:
            self.room.relabel()
