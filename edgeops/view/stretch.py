"""Some lines of a log as messages, read for what they say: what continues a message is joined to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from edgeops.records import Event, Line
from edgeops.view.lines import Row, rows, rows_before
from edgeops.view.log import Item, Log, Volume

AROUND = 3
MOST_LINES = 2_000
MOST_BYTES = 8 << 20
MOST_MORE = 100
_LONGEST = 4096
_COUNTED = 32 << 20


@dataclass
class _Message:
    head: Item
    more: list[Line] = field(default_factory=list)


def messages_of(log: Log, items: Iterable[Item]) -> list[Event]:
    """The messages of the lines, in their order. Counts lines as far as need be, which takes a moment in a large file."""
    open_messages: dict[int, _Message] = {}
    states: dict[int, int] = {}
    found: list[_Message] = []
    for item in items:
        lens, raw = log.volumes[item.file].lens, item.row.raw[:_LONGEST]
        (look,) = lens.looks([raw])
        state = states[item.file] = lens.step(states.get(item.file, 0), look.kind, raw) if look.kind else 0
        if state > 0 and item.file in open_messages:
            open_messages[item.file].more.append(line_of(log.volumes[item.file], item.row))
        else:
            message = open_messages[item.file] = _Message(item)
            found.append(message)
    return [_event(log, message) for message in found]


def _event(log: Log, message: _Message) -> Event:
    item = message.head
    volume = log.volumes[item.file]
    event = volume.lens.event(item.row, number_of(volume, item.row.at), message.more)
    if event.time is None and (time := log.time(item.file, item.row)):
        return replace(event, time=time, time_inferred=True)
    return event


def whole(log: Log, item: Item) -> list[Item]:
    """The lines of the message that a line belongs to; their places are that line's."""
    lens, file = log.volumes[item.file].lens, log.volumes[item.file].file
    head = item
    if _continues(log, item):
        for row in islice(rows_before(file, item.row.at), MOST_MORE):
            head = Item(item.place, item.file, row)
            if not _continues(log, head):
                break
    found, state = [head], 0
    for row in islice(rows(file, head.row.end), MOST_MORE):
        (look,) = lens.looks([row.raw[:_LONGEST]])
        state = lens.step(state, look.kind, row.raw) if look.kind else 0
        if state <= 0:
            break
        found.append(Item(item.place, item.file, row))
    return found if any(one.row.at == item.row.at for one in found) else [item]


def _continues(log: Log, item: Item) -> bool:
    lens = log.volumes[item.file].lens
    raw = item.row.raw[:_LONGEST]
    (look,) = lens.looks([raw])
    return bool(look.kind) and lens.step(0, look.kind, raw) > 0


def taken(items: Iterable[Item]) -> tuple[list[Item], bool]:
    """As many lines as are read at once, and whether there are more."""
    found: list[Item] = []
    size = 0
    for item in items:
        if len(found) == MOST_LINES or size > MOST_BYTES:
            return found, True
        found.append(item)
        size += len(item.row.raw)
    return found, False


def around(log: Log, items: Sequence[Item]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """The lines before the first and after the last, each of its file."""
    first, last = items[0], items[-1]
    before = islice(rows_before(log.volumes[first.file].file, first.row.at), AROUND)
    after = islice(rows(log.volumes[last.file].file, last.row.end), AROUND)
    return (
        tuple(line_of(log.volumes[first.file], row) for row in before)[::-1],
        tuple(line_of(log.volumes[last.file], row) for row in after),
    )


def line_of(volume: Volume, row: Row) -> Line:
    """A line as a record."""
    raw = row.raw[:_LONGEST]
    return Line(volume.file.path, row.at, number_of(volume, row.at), raw, row.cut + len(row.raw) - len(raw))


def number_of(volume: Volume, at: int) -> int:
    """The number of the line that begins there; 0 where it cannot be counted."""
    while (number := volume.index.number_of(at)) is None:
        if not volume.index.count_on(_COUNTED) and volume.index.done < at:
            return 0
    return number
