"""How the app keeps models: what there is, and what a person has done about it, one thing at a time, each in a thread."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edgeops.tui import messages
from edgeops.tui.holder import Holder
from edgeops.tui.sizes import size

if TYPE_CHECKING:
    from edgeops.catalog.measure import Speed
    from edgeops.hooks import Engine
    from edgeops.records import Installed
    from edgeops.tui.jobs import Job
    from edgeops.tui.stock import Stock, Stockroom


class Stocking(Holder):
    """stock is what models there are, None while nobody looked; job what is being done; speeds what was measured, by name."""

    stock: Stock | None = None
    job: Job | None = None
    _stockroom: Stockroom | None = None

    @property
    def speeds(self) -> dict[str, Speed]:
        """What was measured while the app runs."""
        found: dict[str, Speed] = self.__dict__.setdefault("_speeds", {})
        return found

    @property
    def stockroom(self) -> Stockroom:
        """The models of this home."""
        if self._stockroom is None:
            from edgeops.tui.stock import Stockroom

            self._stockroom = Stockroom(self.around.environ, lambda: datetime.now(UTC), self._engine)
        return self._stockroom

    @stockroom.setter
    def stockroom(self, given: Stockroom) -> None:
        self._stockroom = given

    def _engine(self, name: str) -> Engine:
        from edgeops.session import Session
        from edgeops.tui.stock import alone

        return Session(alone(self.around.environ, name), lambda: datetime.now(UTC), lambda text: None).engine

    def look_at_stock(self) -> None:
        """See what models there are; told by `Stocked`."""
        room = self.stockroom
        self.thread("stock", lambda: self.tell(messages.Stocked(room.look())))

    def on_stocked(self, message: messages.Stocked) -> None:
        """What there is."""
        self.stock = message.stock
        self.model_name = message.stock.server or message.stock.answering
        if self.room:
            self.room.title_bar()
        self._show()

    def _show(self) -> None:
        if self.room and self.room.TITLED in ("models", "welcome"):
            self.room.fill()

    # ------------------------------------------------------------ jobs

    def _begin(self, words: str, do: Callable[[Job], str]) -> None:
        from edgeops.tui.jobs import Job

        if self.job:
            self.hint(self.say("job_busy", what=self.job.words))
            return
        self.job = Job(words, do, self.tell)
        self._show()

    def stop_job(self) -> bool:
        """Stop what is being done, if anything is."""
        if self.job is None or self.job.stopping:
            return False
        self.job.stop()
        self.hint(self.say("job_stopping", what=self.job.words))
        return True

    def on_worked(self) -> None:
        """A job has come further."""
        self._show()

    def on_job_ended(self, message: messages.JobEnded) -> None:
        """A job is over."""
        job, self.job = self.job, None
        stopped = self.say("job_stopped", what=job.words) if job else ""
        if self.session:
            # Another model may answer from now on.
            self.session.__dict__.pop("mind", None)
        self.look_at_stock()
        self._show()
        self.hint(message.sentence or stopped)

    def close_job(self) -> None:
        """The app ends, and with it what is being done."""
        if self.job:
            self.job.close()

    def pull_model(self, name: str, place: str = "") -> None:
        """Fetch a model, from a place only if one is named."""
        room, say = self.stockroom, self.say

        def do(job: Job) -> str:
            return self._here("model_pulled", room.pull(name, place, job))

        self._begin(say("model_pulling", name=name), do)

    def import_model(self, path: str) -> None:
        """Take in a model file."""
        room, name = self.stockroom, Path(path).name

        def do(job: Job) -> str:
            one = room.bring(Path(path), job)
            return self._here("model_imported" if one.model.family else "model_dumb", one)

        self._begin(self.say("model_importing", name=name), do)

    def verify_model(self, name: str) -> None:
        """Hash a model again."""
        room = self.stockroom
        self._begin(
            self.say("model_verifying", name=name), lambda job: self._here("model_right", room.verify(name, job))
        )

    def use_model(self, name: str) -> None:
        """Make a model the one that answers; "" leaves it to the free memory."""
        room, say = self.stockroom, self.say

        def do(job: Job) -> str:
            used = room.use(name)
            return say("model_used" if name else "model_any", name=used) if used else say("model_none_fits")

        self._begin(say("model_using", name=name or "auto"), do)

    def remove_model(self, name: str) -> None:
        """Delete a model's file."""
        room = self.stockroom
        self._begin(self.say("model_removing", name=name), lambda job: self._here("model_removed", room.remove(name)))

    def bench_model(self, name: str) -> None:
        """Measure a model."""
        room, say, speeds = self.stockroom, self.say, self.speeds

        def do(job: Job) -> str:
            speed = speeds[name] = room.bench(name, job)
            return say(
                "model_speed",
                name=name,
                load=speed.load_s,
                reads=speed.prefill_tps,
                writes=speed.decode_tps,
                mb=speed.rss_mb,
            )

        self._begin(say("model_measuring", name=name), do)

    def _here(self, phrase: str, one: Installed) -> str:
        return self.say(phrase, name=one.model.name, size=size(one.model.bytes), licence=one.model.licence)
