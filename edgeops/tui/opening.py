"""How the app opens what a person names: its lines, and the incidents in them."""

from __future__ import annotations

from collections.abc import Sequence

from edgeops.tui.caseload import Caseload
from edgeops.tui.lines import Lines


class Opening(Caseload, Lines):
    """arguments are what is named."""

    def begin(self) -> None:
        """Open what was named, and look for incidents in it."""
        if self.session and self.arguments:
            self.open_logs(self.session)
            self.read_logs(self.session)

    def open_named(self, named: Sequence[str]) -> None:
        """Open these instead of what was named before."""
        self.arguments = list(named)
        self.begin()
