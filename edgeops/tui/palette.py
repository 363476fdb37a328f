"""The commands of `:` in the palette (ctrl-p)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from edgeops.tui.commands import COMMANDS, Command

if TYPE_CHECKING:
    from edgeops.tui.app import EdgeopsApp


class Palette(Provider):
    """Each command with what it does; one that takes something is put on the command line."""

    async def discover(self) -> Hits:
        """See Provider."""
        for command in COMMANDS.values():
            yield DiscoveryHit(command.name, self._run(command), help=self._does(command))

    async def search(self, query: str) -> Hits:
        """See Provider."""
        matcher = self.matcher(query)
        for command in COMMANDS.values():
            text = f"{command.name} {self._does(command)}"
            if (score := matcher.match(text)) > 0:
                yield Hit(score, matcher.highlight(text), self._run(command), text=command.name)

    @property
    def _edgeops(self) -> EdgeopsApp:
        return cast("EdgeopsApp", self.app)

    def _does(self, command: Command) -> str:
        return command.zh if self._edgeops.say.lang == "zh" else command.en

    def _run(self, command: Command) -> Callable[[], None]:
        act = self._edgeops.type_command if command.takes else self._edgeops.command
        return partial(act, f"{command.name} " if command.takes else command.name)
