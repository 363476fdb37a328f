"""Hand-made incidents for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from edgeops.assistant.casebook import Casebook
from edgeops.detect.incidents import group
from edgeops.records import (
    Choose,
    Chosen,
    Event,
    Fault,
    Finished,
    Incident,
    Line,
    Piece,
    Reply,
    Risk,
    Role,
    Rule,
    Say,
    Script,
    Severity,
    Signal,
    SignalKind,
    Step,
    Timings,
    Wording,
    Written,
)

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
GAP = timedelta(minutes=5)
DISK = Fault(
    "disk-full",
    "The disk is full",
    "disk",
    (),
    (Rule("disk-full", Role.CAUSE, "{path:path}: No space left on device"),),
    ("/srv/x: No space left on device",),
    Wording("Disk full", "The disk that holds {path} is full[ (seen by {user})].", "Too much data.", "df shows 100%."),
    Wording("磁盘已满", "{path} 所在磁盘已满。", "数据过多。", "df 显示 100%。"),
    ("disk-free", "disk-owner"),
    ("disk-clean",),
    ("web-down",),
)
WEB = Fault(
    "web-down",
    "The web server is down",
    "web",
    (),
    (Rule("web-down", Role.CAUSE, "httpd cannot write its log"),),
    ("httpd cannot write its log",),
    Wording("Web server down", "httpd stopped.", "It cannot log.", "Look."),
    Wording("网站服务停止", "httpd 已停止。", "无法写日志。", "查看。"),
    ("disk-free",),
    ("disk-clean",),
)
STEPS = (
    Step("disk-free", "Show free space", "查看剩余空间", ("df", "-h", "{path}"), (), Risk.READ),
    Step("disk-owner", "Who owns it", "查看属主", ("ls", "-ld", "/"), (), Risk.READ),
    Step("disk-clean", "Clean up", "清理", (), (), Risk.MODIFY),
)
BOOK = Casebook([DISK, WEB], STEPS)


def signal(second: float, message: str, severity: Severity = Severity.ERROR, count: int = 1) -> Signal:
    number = int(second * 10) + 1
    line = Line("app.log", number * 100, number, f"web1 {message}".encode())
    event = Event(
        line, "test", message, START + timedelta(seconds=second), host="web1", unit="httpd", severity=severity
    )
    matches = BOOK.rules.match(message)
    rule = matches[0].rule if matches else None
    bindings = matches[0].bindings if matches else ()
    kind, score = (SignalKind.RULE, 0.95) if rule else (SignalKind.SEVERITY, 0.6)
    return Signal(kind, score, "why", event, message, count, event, rule, bindings)


def incident(*signals: Signal) -> Incident:
    (found,) = group(signals, [], BOOK.rules, GAP)
    return found


class Parrot:
    """An engine for tests: chooses and writes what it is told to, and keeps the scripts it got."""

    def __init__(self, choose: Callable[[Choose], int] = lambda slot: 0, **texts: str) -> None:
        self.choose, self.texts = choose, texts
        self.scripts: list[Script] = []

    def run(self, script: Script) -> Iterator[Reply]:
        self.scripts.append(script)
        for part in script.answer:
            if isinstance(part, Say):
                continue
            if isinstance(part, Choose):
                place = self.choose(part) % len(part.options)
                others = 0.1 / max(len(part.options) - 1, 1)
                shares = tuple(0.9 if i == place else others for i in range(len(part.options)))
                yield Chosen(part.name, part.options[place], shares)
            else:
                text = self.texts.get(part.name, "")
                yield Piece(part.name, text)
                yield Written(part.name, text, "stop")
        yield Finished("parrot", Timings(total_s=0.5))
