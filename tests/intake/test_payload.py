"""How bad a line is that syslog or the journal relays: what the program's own header says goes before all else."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from edgeops.intake.formats.payload import stated
from edgeops.records import Severity

from .opened import events_of, opened, written

NONE, INFO, WARN, ERR = Severity.NONE, Severity.INFO, Severity.WARNING, Severity.ERROR

PAYLOADS = {
    'time="2024-05-01T10:00:00Z" level=info msg="cleaned up what failed"': INFO,
    'logger=sqlstore t=2024-05-01T10:00:00Z level=warn msg="it is slow"': WARN,
    "I0501 10:00:00.123456    7 pod.go:42] no error": INFO,
    'E0501 10:00:00.123456    7 pod.go:42] "it is so"': ERR,
    '{"level":"info","msg":"0 failed"}': INFO,
    '{"log":{"level":"error"},"message":"it is so"}': ERR,
    '{"level":50,"msg":"it is so"}': NONE,
    "77:M 01 May 2024 10:00:00.123 # Can't save in background: fork: Cannot allocate memory": ERR,
    "[5-1] 2024-05-01 10:00:00.123 UTC [7] ann@shop LOG:  could not receive data from client": INFO,
    "[5-2] 2024-05-01 10:00:00.123 UTC [7] ann@shop STATEMENT:  SELECT error FROM failed": INFO,
    "[5-1] ann@shop ERROR:  it is so": ERR,
    "2024-05-01 10:00:00,123 INFO a.b: nothing failed": INFO,
    "2024-05-01 10:00:00,123 [main] [x] WARN a.b: it is so": WARN,
    "2024-05-01T10:00:00.123456Z 9 [Note] [MY-010914] [Server] Access denied for user": Severity.NOTICE,
    "error: it is so": NONE,
    "2024-05-01 10:00:00 it is so": NONE,
    "session opened for user ann": NONE,
}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_header_behind_the_header_states_a_severity(payload: str) -> None:
    assert stated(payload.encode()) == PAYLOADS[payload]


JOURNAL = '{{"__REALTIME_TIMESTAMP":"1714557600123456","SYSLOG_IDENTIFIER":"dockerd","PRIORITY":"{p}","MESSAGE":"level={l} msg=\\"it failed\\""}}'
RELAYED = {
    "syslog": 'May  1 10:00:00 web1 dockerd[7]: level={l} msg="it failed"',
    "syslog-iso": '2024-05-01T10:00:00+00:00 web1 dockerd[7]: level={l} msg="it failed"',
    "rfc5424": '<30>1 2024-05-01T10:00:00Z web1 dockerd 7 - - level={l} msg="it failed"',
    "journal": JOURNAL.replace("{p}", "6"),
}


@pytest.mark.parametrize("name", RELAYED)
def test_what_is_relayed_has_the_severity_that_it_states(name: str, tmp_path: Path) -> None:
    lines = "\n".join(RELAYED[name].format(l=level) for level in ("info", "warning", "error"))
    events = events_of(opened(written(tmp_path / "a.log", lines.encode())))
    assert {event.format for event in events} == {name}
    assert [event.severity for event in events] == [INFO, WARN, ERR]


def test_a_priority_stands_where_the_line_says_nothing_of_its_own(tmp_path: Path) -> None:
    (event,) = events_of(opened(written(tmp_path / "a.log", b"<27>May  1 10:00:00 web1 app[9]: x is set\n")))
    assert event.severity == ERR


def test_hostile_payloads_take_no_time() -> None:
    for piece in (
        b" ",
        b"a=b ",
        b"level=",
        b"[",
        b"[a] ",
        b'{"a":',
        b"1 ",
        b"A:  ",
        b"2024-05-01 10:00:00 ",
        b"[1-1] ",
    ):
        began = process_time()
        stated((piece * 65536)[:65536])
        assert process_time() - began < 0.2, piece
