"""What databases write: PostgreSQL, MySQL and MariaDB, Redis, MongoDB."""

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


# ---------------------------------------------------------------- PostgreSQL

PREFIXES = {
    "%m [%p]": "2024-05-01 10:00:0{n}.123 UTC [4011] ",
    "%m [%p] %q%u@%d": "2024-05-01 10:00:0{n}.123 UTC [4011] ann@shop ",
    "%t [%p]: [%l-1] pairs": "2024-05-01 10:00:0{n} UTC [4011]: [{n}-1] user=ann,db=shop,app=psql,client=192.0.2.7 ",
    "of a cloud": "2024-05-01 10:00:0{n} UTC:192.0.2.7(55210):ann@shop:[4011]:",
    "old < %m >": "< 2024-05-01 10:00:0{n}.123 UTC >",
    "pid without brackets": "2024-05-01 10:00:0{n}.123 UTC,ann,shop,4011,",
    "hours as zone": "2024-05-01 13:00:0{n}.123 +03 [4011] ",
    "epoch": "171455760{n}.123 [4011] ",
}


def server(prefix: str, *said: str) -> str:
    return "".join(prefix.format(n=n) + words + "\n" for n, words in enumerate(said))


SAID = (
    "LOG:  database system is ready to accept connections",
    'ERROR:  relation "cart" does not exist at character 15',
    "STATEMENT:  SELECT * FROM cart WHERE state = 'failed'",
    "WARNING:  there is no transaction in progress",
    "FATAL:  sorry, too many clients already",
    'PANIC:  could not write to file "pg_wal/xlogtemp.7": No space left on device',
)


@pytest.mark.parametrize("name", PREFIXES)
def test_the_server_is_read_under_any_usual_prefix(name: str, tmp_path: Path) -> None:
    events = read(tmp_path, server(PREFIXES[name], *SAID))
    assert [event.format for event in events] == ["postgres"] * 5
    assert [event.severity for event in events] == [LOG, ERR, WARN, FATAL, FATAL]
    assert [event.message for event in events] == [
        words.partition(":  ")[2] for words in SAID if "STATEMENT" not in words
    ]
    assert all(event.time and event.time.timestamp() // 60 == 1714557600 // 60 for event in events)
    assert [event.unit for event in events] == ["postgres"] * 5
    assert "<" in PREFIXES[name] or [event.pid for event in events] == [4011] * 5
    assert dict(events[1].fields)["statement"] == "SELECT * FROM cart WHERE state = 'failed'"


def test_a_session_is_described_by_the_prefix(tmp_path: Path) -> None:
    for name in ("%m [%p] %q%u@%d", "%t [%p]: [%l-1] pairs", "of a cloud"):
        fields = dict(read(tmp_path, server(PREFIXES[name], *SAID))[0].fields)
        assert {"user": "ann", "database": "shop"}.items() <= fields.items(), name
    nobody = server("2024-05-01 10:00:0{n} UTC [7]: [1-1] user=,db=,app=[unknown],client= ", SAID[0])
    assert read(tmp_path, nobody)[0].fields == ()


def test_detail_joins_the_message_and_an_indented_statement_its_error(tmp_path: Path) -> None:
    lines = server(
        PREFIXES["%m [%p]"],
        "ERROR:  deadlock detected",
        "DETAIL:  Process 71 waits for ShareLock on transaction 9; blocked by process 72.\n\tProcess 72: UPDATE b",
        "HINT:  See server log for query details.",
        "CONTEXT:  while updating tuple (0,1)",
        "STATEMENT:  UPDATE a\n\tSET error = 1",
        "LOG:  checkpoint starting: time",
    )
    first, second = read(tmp_path, lines)
    assert first.message == (
        "deadlock detected; Process 71 waits for ShareLock on transaction 9; blocked by process 72. Process 72: UPDATE b"
    )
    assert dict(first.fields)["hint"] == "See server log for query details."
    assert dict(first.fields)["context"] == "while updating tuple (0,1)"
    assert dict(first.fields)["statement"] == "UPDATE a SET error = 1"
    assert len(first.more) == 6
    assert second.message == "checkpoint starting: time"


def test_an_addition_whose_message_was_rotated_away_is_no_error(tmp_path: Path) -> None:
    events = read(tmp_path, server(PREFIXES["%m [%p]"], "STATEMENT:  SELECT error FROM failed", SAID[0]))
    assert [event.severity for event in events] == [LOG, LOG]


def test_a_server_that_speaks_chinese_is_read(tmp_path: Path) -> None:
    first, second = read(
        tmp_path,
        server(
            PREFIXES["%m [%p]"], '错误:  关系 "cart" 不存在', "语句:  SELECT 1", "日志:  数据库系统已准备好接受连接"
        ),
    )
    assert (first.severity, first.message, dict(first.fields)["statement"]) == (ERR, '关系 "cart" 不存在', "SELECT 1")
    assert second.severity == LOG


def test_an_unknown_zone_is_left_out_and_said_to_be_inferred(tmp_path: Path) -> None:
    (event,) = read(tmp_path, "2024-05-01 10:00:00.123 QQT [7] LOG:  hello\n")
    assert event.time and event.time.hour == 10 and event.time_inferred


@pytest.mark.parametrize(
    "line",
    [
        "2024-05-01 10:00:00,123 ERROR: it is gone",
        "2024-05-01 10:00:00 INFO:     it is up",
        "2024-05-01 10:00:00 WARN:  it is aligned\n2024-05-01 10:00:00 ERROR: it is aligned",
        "2024-05-01 10:00:00 UTC [7] it said nothing",
    ],
)
def test_a_program_with_a_level_and_a_colon_is_no_postgres(line: str, tmp_path: Path) -> None:
    assert read(tmp_path, line * 3)[0].format != "postgres"


CSV = (
    '2024-05-01 12:00:00.123 CEST,,,4007,,66320f20.fa7,1,,2024-05-01 12:00:00 CEST,,0,LOG,00000,"it is ready",,,,,,,,,"","startup",,0\n'
    '2024-05-01 12:00:01.234 CEST,"ann","shop",4011,"192.0.2.7:55",66320f21.fab,3,"INSERT",2024-05-01 12:00:01 CEST,3/7,0,ERROR,23505,'
    '"duplicate key value violates ""orders_pkey""","Key (id)=(42) already exists.",,,,,"INSERT INTO orders\n'
    'ERROR VALUES (42)",,,"psql","client backend",,0\n'
    '2024-05-01 12:00:02.234 CEST,"ann","shop",4011,"192.0.2.7:55",66320f21.fab,4,"idle",2024-05-01 12:00:01 CEST,3/8,0,FATAL,57P01,'
    '"terminating connection",,,,,,,,,"psql"\n'
)


def test_csvlog_is_read_with_columns_that_hold_newlines(tmp_path: Path) -> None:
    first, second, third = read(tmp_path, CSV)
    assert [event.severity for event in (first, second, third)] == [LOG, ERR, FATAL]
    assert second.message == 'duplicate key value violates "orders_pkey"; Key (id)=(42) already exists.'
    assert second.time and second.time.isoformat() == "2024-05-01T12:00:01.234000+02:00"
    assert (second.pid, second.unit, len(second.more)) == (4011, "postgres", 1)
    assert {
        "user": "ann",
        "database": "shop",
        "client": "192.0.2.7:55",
        "sqlstate": "23505",
        "app": "psql",
    }.items() <= dict(second.fields).items()
    assert dict(second.fields)["statement"] == "INSERT INTO orders\nERROR VALUES (42)"


def test_csvlog_lines_of_one_message_share_a_shape_whoever_was_served(tmp_path: Path) -> None:
    shape = opened(written(tmp_path / "a.csv", CSV.encode())).format.shape
    last = CSV.splitlines()[-1].encode()
    assert shape(last) == shape(last.replace(b'"ann"', b'"bob"').replace(b"66320f21.fab", b"9af0.e"))
    assert shape(last) != shape(last.replace(b"FATAL", b"ERROR"))


def test_a_csv_row_that_breaks_off_is_still_a_line(tmp_path: Path) -> None:
    events = read(tmp_path, CSV + '2024-05-01 12:00:03.234 CEST,"ann","shop",4011,"192.0.2.7:55"\n')
    assert events[-1].line.number == 5


def test_jsonlog_is_read(tmp_path: Path) -> None:
    (event,) = read(
        tmp_path,
        '{"timestamp":"2024-05-01 12:00:01.234 CEST","user":"ann","dbname":"shop","pid":4011,"line_num":3,"error_severity":"ERROR",'
        '"state_code":"23505","message":"duplicate key","detail":"Key (id)=(42)","backend_type":"client backend"}\n',
    )
    assert (event.severity, event.pid, event.message, hour(event)) == (ERR, 4011, "duplicate key", 12)
    assert dict(event.fields)["detail"] == "Key (id)=(42)"
