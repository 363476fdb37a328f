"""The watch as lines of a sheet: how it runs and how much it did, the model, the host, then each source, what is not followed, gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeops.text import show, width
from edgeops.tui.paint import Line, Span, padded, paragraph
from edgeops.tui.phrases import Phrases
from edgeops.tui.sizes import size

if TYPE_CHECKING:
    from edgeops.tui.lookout import Look, Ours
    from edgeops.tui.watcher import Pulse
    from edgeops.watch.meters import Meters
    from edgeops.watch.status import Missing, Status, Stream

_TABLE = 76
"""From so many columns on the sources are a table; on fewer each takes two rows."""
_HEADS = ("col_read", "col_size", "col_lag", "col_lines", "col_gaps")
_FIGURES = 9
_GAPS = 5
_SHOWN = 200
"""So many sources are shown, those that are most behind."""
_LABEL = 8


@dataclass(frozen=True, slots=True)
class Page:
    """Writes for one width, in one language."""

    say: Phrases
    columns: int
    ascii_only: bool = False

    def lines(self, look: Look | None, pulse: Pulse | None, ours: Ours | None, told: tuple[str, ...]) -> Iterator[Line]:
        """All of it. look is how it stands, pulse what our own watch said last, told its sentences."""
        if look is None:
            return
        status = look.status
        yield from self._state(look, pulse, ours)
        if status:
            yield from self._counts(status, pulse)
        yield from self._engine(look, pulse, status)
        yield from self._host(look.meters)
        if pulse and pulse.trouble:
            yield from self._text(self.say.told(pulse.trouble), "error")
        yield from self._said(told)
        if status:
            yield from self._sources(status.sources, dict(look.sizes))
            yield from self._unread(status)
            yield from self._gaps(status.gaps)

    def _state(self, look: Look, pulse: Pulse | None, ours: Ours | None) -> Iterator[Line]:
        pid = look.status.pid if look.status else 0
        if look.failure:
            yield from self._text(self.say.told(look.failure), "error")
        elif ours and pulse and pulse.paused:
            yield from self._text(self.say("watch_rests_now"), "warning")
        elif ours:
            words = self.say("watch_here", pid=pid) if pid and pulse else self.say("watch_starting")
            yield from self._text(words, "ok")
        elif pid:
            # What ends it is the person's to run.
            yield from self._text(self.say("watch_elsewhere", pid=pid), "ok", copy=f"kill -TERM {pid}")
        else:
            yield from self._text(
                self.say("watch_stands" if look.status else "watch_never"), "warning" if look.status else "text"
            )

    def _counts(self, status: Status, pulse: Pulse | None) -> Iterator[Line]:
        gaps = sum(one.gaps for one in status.sources)
        words = self.say(
            "watch_counts", sources=len(status.sources), lines=f"{status.lines:,}", templates=f"{status.templates:,}",
            incidents=f"{status.incidents:,}", gaps=gaps,
        )  # fmt: skip
        yield from self._text(words)
        more = [self.say("watch_rate", rate=f"{pulse.rate:,.0f}")] if pulse else []
        more.append(self.say("watch_queue", queue=max(status.queue, pulse.waiting if pulse else 0)))
        if status.shed:
            more.append(self.say("watch_shed", shed=status.shed))
        yield from self._text(self.say("semicolon").join(more))

    def _engine(self, look: Look, pulse: Pulse | None, status: Status | None) -> Iterator[Line]:
        if not look.model:
            words, ink = self.say("watch_no_model"), "warning"
        elif look.model_mb:
            words, ink = self.say("watch_loaded", name=look.model, mb=look.model_mb), "ok"
        else:
            words, ink = self.say("watch_idle", name=look.model), "text"
        yield from self._row(self.say("watch_engine"), words, ink)
        # Of a watch elsewhere we know what makes any model wait on this host.
        waits = pulse.engine if pulse else look.pause if status and status.pid else ""
        queue = max(status.queue if status else 0, pulse.waiting if pulse else 0)
        if waits and queue:
            yield from self._row("", self.say.told(waits), "warning")

    def _host(self, meters: Meters) -> Iterator[Line]:
        share = f"{meters.cpu:.0%}" if meters.cpu is not None else "-"
        parts = [
            self.say("meter_cpu", share=share),
            self.say("meter_load", load=meters.load, cores=meters.cores),
            self.say("meter_memory", free=f"{meters.memory_free:,}", all=f"{meters.memory:,}"),
            self.say("meter_disk", free=size(meters.disk_free << 20), all=size(meters.disk << 20)),
        ]
        if meters.heat is not None:
            parts.append(self.say("meter_heat", heat=meters.heat))
        if meters.charge is not None:
            parts.append(self.say("meter_charge", charge=meters.charge))
        yield from self._row(self.say("watch_host"), self.say("comma").join(parts))

    # ------------------------------------------------------------ sources

    def _sources(self, streams: Sequence[Stream], sizes: dict[str, int]) -> Iterator[Line]:
        if not streams:
            return
        # What is most behind stands first.
        shown = sorted(streams, key=lambda one: (-(one.lag or 0), one.source))[:_SHOWN]
        yield Line()
        if self.columns >= _TABLE:
            yield from self._table(shown, sizes)
        else:
            yield from self._stacked(shown, sizes)
        if len(streams) > len(shown):
            yield from self._text(self.say("watch_more", count=len(streams) - len(shown)), "dim")

    def _table(self, streams: Sequence[Stream], sizes: dict[str, int]) -> Iterator[Line]:
        title = self.say("watch_sources")
        longest = max(width(show(text)) for text in (title, *(one.source for one in streams)))
        room = min(self.columns - len(_HEADS) * (_FIGURES + 1) - 1, longest)
        heads = "".join(_right(self.say(name)) for name in _HEADS)
        yield Line((("head", " " + padded(title, room, self.ascii_only)), ("dim", heads)))
        for one in streams:
            row = [(ink, _right(text)) for ink, _, text in self._figures(one, sizes.get(one.source))]
            yield Line((("text", " " + self._name(one.source, room)), *row), one.source, copy=one.source)

    def _stacked(self, streams: Sequence[Stream], sizes: dict[str, int]) -> Iterator[Line]:
        yield from self._text(self.say("watch_sources"), "head")
        for one in streams:
            yield Line((("text", " " + self._name(one.source, self.columns - 2)),), one.source, copy=one.source)
            figures = self._figures(one, sizes.get(one.source))
            said = [f"{self.say(name)} {text}" for _, name, text in figures if text not in ("", "0")]
            yield from self._text("  " + self.say("comma").join(said), "dim")

    def _figures(self, one: Stream, whole: int | None) -> list[tuple[str, str, str]]:
        """Ink, column and text of each."""
        lag = "?" if one.lag is None else size(one.lag) if one.lag else "0"
        return [
            ("text", "col_read", size(one.offset)),
            ("dim", "col_size", "" if whole is None else size(whole)),
            ("warning" if one.lag else "dim", "col_lag", lag),
            ("text", "col_lines", f"{one.lines:,}" if one.lines < 10_000_000 else f"{one.lines // 1_000_000}M"),
            ("error" if one.gaps else "dim", "col_gaps", str(one.gaps)),
        ]

    def _name(self, source: str, columns: int) -> str:
        """The end of a path tells files apart, so it is the beginning that gives way."""
        shown, more = show(source, ascii_only=self.ascii_only), "~" if self.ascii_only else "…"
        if width(shown) > columns:
            while shown and width(more + shown) > columns:
                shown = shown[1:]
            shown = more + shown
        return padded(shown, columns, self.ascii_only)

    def _unread(self, status: Status) -> Iterator[Line]:
        if status.troubles:
            yield Line()
            yield from self._text(self.say("watch_unread"), "head")
        for one in status.troubles:
            yield from self._text(f"{one.source}: {self.say.told(one.reason)}", "warning", copy=one.source)

    def _gaps(self, gaps: tuple[Missing, ...]) -> Iterator[Line]:
        if gaps:
            yield Line()
            yield from self._text(self.say("watch_gaps"), "head")
        for gap in gaps[:_GAPS]:
            words = self.say(
                "watch_gap",
                size=self._lost(gap),
                start=f"{gap.start:,}",
                reason=self.say.told(gap.reason),
                noticed=gap.noticed[:16],
            )
            yield from self._text(f"{gap.source}: {words}", "error", copy=gap.source)

    def _lost(self, gap: Missing) -> str:
        if gap.most is None:
            return self.say("gap_least", least=f"{gap.least:,}") if gap.least else self.say("gap_perhaps")
        name = "gap_exact" if gap.least == gap.most else "gap_between"
        values = {"most": f"{gap.most:,}"} | ({"least": f"{gap.least:,}"} if gap.least != gap.most else {})
        return self.say(name, **values)

    def _said(self, told: tuple[str, ...]) -> Iterator[Line]:
        if told:
            yield Line()
            yield from self._text(self.say("watch_said"), "head")
        for text in told[-3:]:
            yield from self._text(self.say.told(text), "warning", copy=text)

    # ------------------------------------------------------------ words

    def _text(self, text: str, ink: str = "text", copy: str = "") -> Iterator[Line]:
        for at, line in enumerate(paragraph(text, self.columns - 1, ink, "  ", self.ascii_only)):
            yield Line((("text", " "), *line.spans), copy=copy if at == 0 else "")

    def _row(self, label: str, text: str, ink: str = "text") -> Iterator[Line]:
        """Something with its name before it, where there is room for that."""
        if self.columns < 3 * _LABEL:
            yield from self._text(f"{label} {text}".strip(), ink)
            return
        for at, line in enumerate(paragraph(text, self.columns - _LABEL - 1, ink, "", self.ascii_only)):
            named: Span = ("head", " " + padded(label if at == 0 else "", _LABEL, self.ascii_only))
            yield Line((named, *line.spans))


def _right(text: str) -> str:
    return " " + " " * max(_FIGURES - width(text), 0) + text
