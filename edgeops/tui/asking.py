"""How the app leads to questions and to what is known, from anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from edgeops.tui.holder import Holder
from edgeops.tui.lane import begin

if TYPE_CHECKING:
    from edgeops.records import Explanation, Incident
    from edgeops.tui.screens.ask import AskScreen
    from edgeops.tui.screens.knowledge import KnowledgeScreen


class Asking(Holder):
    """Goes to a screen, and has it do something once it is there."""

    def ask_about(self, what: str, incidents: Sequence[Incident] = (), answer: Explanation | None = None) -> None:
        """Ask about what is on the screen: incidents, and what explains them if anything does. what names them in a few words."""
        self._in_ask(lambda ask: ask.ask_about(what, incidents, answer))

    def ask_about_case(self, name: str) -> None:
        """Ask about an incident by its id: what explains it is the first turn."""
        if found := self.case(name):
            self.ask_about(found.title, [found.incident] if found.incident else [], found.explanation)

    def ask_this(self, question: str) -> None:
        """Have a question answered."""
        self._in_ask(lambda ask: ask.ask(question))

    def search_known(self, words: str) -> None:
        """Search what is known."""
        self._in_knowledge(lambda knowledge: knowledge.search(words))

    def open_entry(self, name: str) -> None:
        """Show an entry of what is known."""
        self._in_knowledge(lambda knowledge: knowledge.open(name))

    def _in_ask(self, do: Callable[[AskScreen], object]) -> None:
        self._there("ask", do)

    def _in_knowledge(self, do: Callable[[KnowledgeScreen], object]) -> None:
        self._there("knowledge", do)

    def _there(self, name: str, do: Callable[..., object]) -> None:
        """Go to a place, out of what was opened there, and do something once it is made."""
        begin(self, "going", partial(self._go, name, do), instead=True)

    async def _go(self, name: str, do: Callable[..., object]) -> None:
        if self.current_mode != name:
            await self.switch_mode(name)
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        do(self.screen)
