"""What the databases of the big vendors write: Oracle, SQL Server, Db2, CockroachDB."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.records import Event, Severity

from .opened import events_of, opened, written

LOG, NOTE, WARN, ERR, FATAL = Severity.INFO, Severity.NOTICE, Severity.WARNING, Severity.ERROR, Severity.FATAL


def read(tmp_path: Path, lines: str) -> list[Event]:
    """The messages of a file with these lines."""
    return events_of(opened(written(tmp_path / "a.log", lines.encode())))


def hour(event: Event) -> int | None:
    return event.time.hour if event.time else None


ALERTS = """\
Wed May 01 10:00:00 2024
Thread 1 advanced to log sequence 77 (LGWR switch)
  Current log# 2 seq# 77 mem# 0: /u01/redo02.log
Wed May 01 10:00:05 2024
Errors in file /u01/trace/orcl_ora_77.trc  (incident=7):
ORA-00600: internal error code, arguments: [x], [], []
Wed May 01 10:00:09 2024
Completed checkpoint up to RBA [0x4d.2.10], SCN: 77
"""


@pytest.mark.parametrize(
    "stamp", ["Wed May 01 10:00:0{} 2024", "Wed May  1 10:00:0{} CEST 2024", "2024-05-01T10:00:0{}.123456+02:00"]
)
def test_what_stands_below_a_stamp_is_its_message(stamp: str, tmp_path: Path) -> None:
    lines = ALERTS
    for second in (0, 5, 9):
        lines = lines.replace(f"Wed May 01 10:00:0{second} 2024", stamp.format(second))
    first, second, third = read(tmp_path, lines)
    assert first.message == "Thread 1 advanced to log sequence 77 (LGWR switch)" and len(first.more) == 2
    assert (second.severity, second.unit) == (ERR, "oracle")
    assert second.message.endswith("(incident=7): ORA-00600: internal error code, arguments: [x], [], []")
    assert [event.time and event.time.second for event in (first, second, third)] == [0, 5, 9]


def test_stamps_alone_among_other_stamps_are_no_heads(tmp_path: Path) -> None:
    lines = ALERTS + "2024-05-01 10:00:10 it has a stamp of its own\n"
    assert "stamp-line" not in {event.format for event in read(tmp_path, lines)[:1]}


def test_sql_server_says_how_severe_an_error_is_in_a_number(tmp_path: Path) -> None:
    lines = "".join(
        f"2024-05-01 10:00:0{n}.12 spid{n}      Error: 9002, Severity: {severity}, State: 2.\n"
        for n, severity in enumerate((10, 14, 16, 17, 21))
    )
    events = read(tmp_path, lines + "2024-05-01 10:00:09.12 Logon       Login failed for user 'ann'.\n")
    assert [event.severity for event in events] == [LOG, WARN, ERR, Severity.CRITICAL, FATAL, WARN]
    assert {(event.format, event.unit) for event in events} == {("mssql", "mssql")}
    assert dict(events[0].fields) == {"source": "spid0"}
    shapes = set(map(opened(tmp_path / "a.log").format.shape, lines.encode().splitlines()))
    assert len(shapes) == 5


def test_a_record_of_db2diag_is_one_message(tmp_path: Path) -> None:
    first, second = read(
        tmp_path,
        "2024-05-01-12.00.00.123456+120 I1234E500          LEVEL: Error\n"
        "PID     : 77                   TID : 140           PROC : db2sysc 0\n"
        "INSTANCE: db2inst1             NODE : 000          DB   : SHOP\n"
        "FUNCTION: DB2 UDB, buffer pool services, sqlbReadPage, probe:7\n"
        'MESSAGE : ZRC=0x86020001=SQLB_BADP "page is bad"\n          DIA8400C A bad page was encountered.\n\n'
        "2024-05-01-12.00.05.123456+120 E1735E300          LEVEL: Event\n"
        "PID     : 78                   TID : 140           PROC : db2sysc 0\nFUNCTION: DB2 UDB, x, probe:1\n",
    )
    assert (first.message, first.severity) == (
        'ZRC=0x86020001=SQLB_BADP "page is bad" DIA8400C A bad page was encountered.',
        ERR,
    )
    assert first.time and first.time.timestamp() // 1 == 1714557600 and not first.time_inferred
    assert (first.pid, first.unit, dict(first.fields)["database"]) == (77, "db2inst1", "SHOP")
    assert (second.message, second.severity, second.pid) == ("DB2 UDB, x, probe:1", LOG, 78)


def test_cockroach_is_read(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        "I240501 10:00:00.123456 77 1@server/node.go:12 ⋮ [n1] 3  node connected\n"
        "E240501 10:00:01.123456 77 kv/store.go:99 ⋮ [n1,s1] 4  disk stall detected\nW240501 10:00:02.123456 7 a.go:1  slow\n",
    )
    assert [(event.severity, event.unit, event.message) for event in events] == [
        (LOG, "server/node.go", "node connected"),
        (ERR, "kv/store.go", "disk stall detected"),
        (WARN, "a.go", "slow"),
    ]
    assert {event.format for event in events} == {"cockroach"} and hour(events[0]) == 10
