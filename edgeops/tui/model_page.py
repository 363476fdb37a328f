"""The models as lines of a sheet: one row each and what matters below it; whole, with file, hash and what was measured of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeops.tui.paint import Line, Span, padded, paragraph
from edgeops.tui.phrases import Phrases
from edgeops.tui.sizes import size

if TYPE_CHECKING:
    from edgeops.catalog.listing import Listed
    from edgeops.catalog.measure import Speed
    from edgeops.catalog.release import Manifest, Reached
    from edgeops.tui.jobs import Job
    from edgeops.tui.stock import Stock

_NAME = 28
_LABEL = 12
_NARROW = 50
_METRIC = 18
_CELL = 24
_BIG = 1_000_000
"""A job that counts more than this counts bytes."""


@dataclass(frozen=True, slots=True)
class Page:
    """Writes for one width, in one language."""

    say: Phrases
    columns: int
    ascii_only: bool = False

    def lines(self, stock: Stock | None, speeds: Mapping[str, Speed], opened: Collection[str]) -> Iterator[Line]:
        """All models; those that are opened whole."""
        if stock is None:
            yield from self._text(self.say("models_looking"), "dim")
            return
        yield from self._text(self._answers(stock), "ok" if stock.answering or stock.server else "warning")
        free = self.say("models_free", memory=f"{stock.memory_mb:,}", disk=size(stock.disk_bytes))
        yield from self._text(free, "dim")
        for note in stock.notes:
            yield from self._text(self.say.told(note), "error")
        yield Line()
        for one in stock.models:
            yield self._row(one, stock)
            yield from self._text(self._short(one, stock), "text" if one.installed else "dim", deep=True)
            if one.name in speeds:
                yield from self._named("model_bench", self._speed(speeds[one.name]), "ok")
            if one.name in opened:
                yield from self._whole(one, stock.cards.get(one.name))

    def _answers(self, stock: Stock) -> str:
        if stock.server:
            return self.say("models_server", url=stock.server)
        return self.say("models_answers", name=stock.answering) if stock.answering else self.say("models_none")

    def _row(self, one: Listed, stock: Stock) -> Line:
        """A star marks the one that answers."""
        answers = one.name == stock.answering and not stock.server
        spans: list[Span] = [("ok", " * " if answers else "   ")]
        room = min(_NAME, max(self.columns - 14, 8))
        spans.append(("title" if one.installed else "text", padded(one.name, room, self.ascii_only)))
        spans.append(("text", f" {size(one.bytes):>8}"))
        if self.columns > _NARROW:
            spans.append(
                ("ok" if one.verified else "warning" if one.installed else "dim", f"  {self._state(one, answers)}")
            )
        return Line(tuple(spans), one.name, copy=one.path or one.get)

    def _state(self, one: Listed, answers: bool) -> str:
        if not one.installed:
            return self.say("model_absent")
        seen = (
            self.say("model_verified", date=f"{one.verified_at:%Y-%m-%d}")
            if one.verified_at
            else self.say("model_here")
        )
        more = self.say("model_active") if one.active else self.say("model_chosen") if answers else ""
        return self.say("comma").join(filter(None, [seen, more]))

    def _short(self, one: Listed, stock: Stock) -> str:
        """Licence, memory and what it is for, in a line or two."""
        parts = [] if self.columns > _NARROW else [self._state(one, one.name == stock.answering)]
        parts.append(one.licence)
        if one.memory_mb > stock.memory_mb:
            parts.append(self.say("model_too_big", need=f"{one.memory_mb:,}", free=f"{stock.memory_mb:,}"))
        else:
            parts.append(self.say("model_fits", need=f"{one.memory_mb:,}"))
        if one.purpose != "answers":
            parts.append(self.say("model_tests" if one.purpose == "tests" else "model_silent"))
        return self.say("semicolon").join(filter(None, [self.say("comma").join(parts), self.say.told(one.note)]))

    def _speed(self, speed: Speed) -> str:
        return self.say(
            "model_speeds", load=speed.load_s, reads=speed.prefill_tps, writes=speed.decode_tps, mb=speed.rss_mb
        )

    def _whole(self, one: Listed, card: Manifest | None) -> Iterator[Line]:
        if one.base:
            yield from self._named("model_adapter", one.base)
        yield from self._named("model_file", one.file)
        yield from self._named("model_place", one.path) if one.path else self._named("model_get", one.get)
        yield from self._named("SHA-256", one.sha256)
        if one.context:
            yield from self._named("model_context", self.say("model_tokens", count=f"{one.context:,}"))
        if card:
            yield from self._card(card)
        yield Line()

    # ------------------------------------------------------------ the quality card

    def _card(self, card: Manifest) -> Iterator[Line]:
        made = self.say("card_of", version=card.version, date=f"{card.created:%Y-%m-%d}", key=card.key.hex()[:16])
        yield from self._text(made, deep=True)
        if not card.evaluation:
            yield from self._text(self.say("card_empty"), "dim", deep=True)
            return
        yield from self._text(self.say("card"), "head", deep=True)
        rows = list(card.evaluation)
        metrics = list(dict.fromkeys(metric for row in rows for metric in card.evaluation[row]))
        if 4 + _METRIC + _CELL * len(rows) <= self.columns:
            yield Line((("dim", "    " + " " * _METRIC + "".join(padded(row, _CELL) for row in rows)),))
            for metric in metrics:
                cells = "".join(padded(_reached(card.evaluation[row].get(metric)), _CELL) for row in rows)
                yield Line((("text", f"    {padded(metric, _METRIC)}{cells}"),))
        else:
            for metric in metrics:
                yield from self._text(metric, deep=True)
                for row in rows:
                    yield from self._text(f"  {row}: {_reached(card.evaluation[row].get(metric))}", "dim", deep=True)
        for row, figures in card.figures.items():
            yield from self._text(
                f"{row}: " + ", ".join(f"{name} {value:,.4g}" for name, value in figures.items()), "dim", deep=True
            )

    # ------------------------------------------------------------ words

    def _named(self, name: str, text: str, ink: str = "text") -> Iterator[Line]:
        label = self.say(name) if "-" not in name else name
        if self.columns < _NARROW:
            yield from self._text(f"{label}: {text}", ink, deep=True)
            return
        for at, line in enumerate(paragraph(text, self.columns - _LABEL - 5, ink, "", self.ascii_only)):
            yield Line((("dim", "    " + padded(label if at == 0 else "", _LABEL, self.ascii_only)), *line.spans))

    def _text(self, text: str, ink: str = "text", deep: bool = False) -> Iterator[Line]:
        indent = "    " if deep and self.columns >= _NARROW else " "
        for line in paragraph(text, self.columns - len(indent), ink, "", self.ascii_only):
            yield Line((("text", indent), *line.spans))


def _reached(one: Reached | None) -> str:
    return f"{one.value:.3f} [{one.low:.3f} {one.high:.3f}] {one.n}" if one else "-"


def told(say: Phrases, job: Job) -> str:
    """How far a job is."""
    if job.stopping:
        return say("job_stopping", what=job.words)
    if not job.total:
        return say("job_waits", what=job.words)
    share = min(job.done / job.total, 1.0)
    if job.total < _BIG:
        return say("job_share", what=job.words, share=share)
    return say(
        "job_goes", what=job.words, share=share, done=size(job.done), total=size(job.total),
        rate=size(round(job.rate)),
    )  # fmt: skip
