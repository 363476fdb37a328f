"""How the app comes by incidents: it reads the logs that were named, and recalls what the store remembers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.worker import get_current_worker

from edgeops.tui import messages, work
from edgeops.tui.cases import joined
from edgeops.tui.holder import Holder

if TYPE_CHECKING:
    from edgeops.session import Session

_STORE_S = 2.0


class Caseload(Holder):
    """Shows incidents as they become known."""

    def watch_store(self) -> None:
        """Look every other second whether others keep something, as `edgeops watch` does."""
        self._stamp = work.stamp(self.store_file)
        self.set_interval(_STORE_S, self._look_at_store)

    def _look_at_store(self) -> None:
        stamp, before = work.stamp(self.store_file), self._stamp
        self._stamp = stamp
        if stamp != before:
            self.thread("recall", partial(work.recall, self.store_file, self.tell))

    def read_logs(self, session: Session) -> None:
        """Look for incidents in what was named."""
        self.doing = self.say("reading", what=" ".join(self.arguments))
        self.thread("read", partial(self._read, session))

    def _read(self, session: Session) -> None:
        worker = get_current_worker()
        work.read(
            session, self.arguments, self.say.lang, self._nursery, self.tell, lambda: worker.is_cancelled or self._left
        )

    def on_read(self, message: messages.Read) -> None:
        """How far reading is."""
        headway = message.headway
        share = f" {headway.taken / headway.of_bytes:.0%}" if headway.of_bytes else ""
        self.doing = self.say("reading", what=headway.label) + share
        if self.room and self.room.TITLED == "incidents":
            self.room.tell("")
            if not self.cases:
                self.room.fill()

    def on_reading_ended(self) -> None:
        """Nothing is read any more."""
        self.doing = ""
        self._refill()

    def on_found(self, message: messages.Found) -> None:
        """The incidents are known."""
        reading = message.reading
        answers = [*message.answers, *[None] * (len(reading.incidents) - len(message.answers))]
        self.doing = ""
        self.cases = joined(self.cases, now=zip(reading.incidents, answers, strict=True))
        self._refill()
        said = [f"{one.source}: {one.reason}" for one in reading.skipped] + list(reading.notes)
        told = map(self.say.told, said + self.warnings)
        self.hint("; ".join([self.say("read", sources=len(reading.sources), lines=f"{reading.lines:,}"), *told]))

    def on_remembered(self, message: messages.Remembered) -> None:
        """What the store remembers is known."""
        self.cases = joined(self.cases, kept=message.kept)
        self._refill()

    def _refill(self) -> None:
        if self.room and self.room.TITLED in ("incidents", "incident"):
            self.room.fill()
