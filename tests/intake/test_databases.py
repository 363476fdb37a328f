"""What databases write: PostgreSQL, MySQL and MariaDB, Redis, MongoDB."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.records import Event, Severity
from tests.intake.test_vendors import ALERTS

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


# ---------------------------------------------------------------- MySQL and MariaDB

MYSQL = {
    "8": "2024-05-01T10:00:00.123456Z 9 [{L}] [MY-010068] [Server] it is so",
    "5.7": "2024-05-01T12:00:00.123456+02:00 9 [{L}] it is so",
    "MariaDB": "2024-05-01 10:00:00 9 [{L}] it is so",
    "MariaDB before ten": "2024-05-01 10:00:00 140021 [{L}] it is so",
    "5.5": "240501 10:00:00 [{L}] it is so",
}


@pytest.mark.parametrize("name", MYSQL)
def test_an_error_log_of_any_version_is_read(name: str, tmp_path: Path) -> None:
    levels = ("Note", "Warning", "ERROR", "Note")
    events = read(tmp_path, "".join(MYSQL[name].format(L=level) + "\n" for level in levels))
    assert [event.severity for event in events] == [NOTE, WARN, ERR, NOTE]
    assert {(event.format, event.message, event.unit, event.pid) for event in events} == {
        ("mysql-error", "it is so", "mysqld", None)
    }
    assert all(event.time and event.time.timestamp() // 1 == 1714557600 for event in events)


def test_code_subsystem_and_thread_are_fields_and_no_pid(tmp_path: Path) -> None:
    (event,) = read(tmp_path, MYSQL["8"].format(L="Warning") + "\n")
    assert event.fields == (("thread", "9"), ("code", "MY-010068"), ("subsystem", "Server"))


def test_lines_without_a_level_are_of_the_server_too(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        "240501 10:00:00 mysqld_safe Starting mysqld daemon with databases from /var/lib/mysql\n"
        "240501 10:00:00  InnoDB: Initializing buffer pool, size = 128.0M\n"
        "2024-05-01 10:00:01 0x7f12  InnoDB: Assertion failure in thread 77 in file a.cc line 7\n"
        "InnoDB: We intentionally generate a memory trap.\n",
    )
    assert [event.message.split()[0] for event in events] == ["mysqld_safe", "InnoDB:", "InnoDB:"]
    assert events[2].severity == ERR


def test_a_crash_report_is_one_message_that_is_fatal(tmp_path: Path) -> None:
    report = (
        "10:00:06 UTC - mysqld got signal 11 ;\n"
        "This could be because you hit a bug. It is also possible that this binary is corrupt.\n\n"
        "key_buffer_size=8388608\nThread pointer: 0x0\nAttempting backtrace.\n"
        "/usr/sbin/mysqld(my_print_stacktrace+0x41)[0x55d]\n"
    )
    events = read(tmp_path, MYSQL["5.7"].format(L="Note") + "\n" + report + MYSQL["5.7"].format(L="Note") + "\n")
    assert [event.severity for event in events] == [NOTE, FATAL, NOTE]
    assert (events[1].message, len(events[1].more), hour(events[1])) == ("mysqld got signal 11 ;", 6, 10)


@pytest.mark.parametrize(
    "line", ["2024-05-01 10:00:00 [ERROR] it is gone", "2024-05-01 10:00:00 77 [Warning] it is slow"]
)
def test_a_level_in_brackets_alone_makes_no_mysql(line: str, tmp_path: Path) -> None:
    assert read(tmp_path, line + "\n")[0].format == "layout"


SLOW = """\
/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:
Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock
Time                 Id Command    Argument
# Time: 2024-05-01T10:00:00.123456Z
# User@Host: ann[ann] @ web1 [192.0.2.7]  Id:    31
# Query_time: 12.345678  Lock_time: 0.000123 Rows_sent: 1  Rows_examined: 1000000
use shop;
SET timestamp=1714557588;
SELECT o.id,
       o.total
FROM orders o
WHERE o.state = 'fatal error';
# Time: 2024-05-01T10:00:30.123456Z
# User@Host: bob[bob] @  [192.0.2.8]  Id:    32
# Query_time: 2.345678  Lock_time: 0.000123 Rows_sent: 1  Rows_examined: 1000
SET timestamp=1714557628;
UPDATE cart SET n = 7;
"""


def test_a_slow_query_is_one_message_with_its_figures(tmp_path: Path) -> None:
    _, first, second = read(tmp_path, SLOW)
    assert first.message == "SELECT o.id, o.total FROM orders o WHERE o.state = 'fatal error';"
    assert (first.severity, hour(first), len(first.more), first.unit) == (NOTE, 10, 8, "mysqld")
    assert dict(first.fields) == {
        **{"user": "ann", "client": "192.0.2.7", "id": "31"},
        **{"query_time": "12.345678", "lock_time": "0.000123", "rows_sent": "1", "rows_examined": "1000000"},
    }
    assert (second.message, second.time and second.time.second) == ("UPDATE cart SET n = 7;", 30)


def test_where_only_a_new_second_is_stamped_a_query_has_the_time_that_it_sets(tmp_path: Path) -> None:
    _, first, second, third = read(
        tmp_path,
        "# Time: 240501 10:00:00\n"
        "# User@Host: ann[ann] @ localhost []\n# Thread_id: 12  Schema: shop  QC_hit: No\n"
        "# Query_time: 12.345678  Lock_time: 0.000123  Rows_sent: 1  Rows_examined: 9\nSET timestamp=1714557600;\nSELECT sleep(12);\n"
        "# User@Host: bob[bob] @ localhost []\n# Query_time: 3.0  Lock_time: 0.0\nSET timestamp=1714557601;\nSELECT 3;\n"
        "# Time: 240501 10:00:09\n"
        "# User@Host: ann[ann] @ localhost []\n# Query_time: 12.0  Lock_time: 0.0\nSET timestamp=1714557609;\n# administrator command: Ping;\n",
    )
    assert [event.message for event in (first, second, third)] == [
        "SELECT sleep(12);",
        "SELECT 3;",
        "administrator command: Ping;",
    ]
    assert [event.time and event.time.second for event in (first, second, third)] == [0, 1, 9]
    assert dict(first.fields)["schema"] == "shop"


def test_what_clients_ask_is_no_trouble_of_the_server(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        "2024-05-01T10:00:00.592691Z\t   10 Connect\tann@localhost on shop using Socket\n"
        "2024-05-01T10:00:01.592691Z\t   10 Query\tSELECT * FROM jobs\nWHERE state = 'failed'\n\t\t   10 Quit\t\n",
    )
    assert [(event.format, event.severity) for event in events] == [("mysql-general", LOG)] * 3
    assert events[1].message == "Query\tSELECT * FROM jobs" and len(events[1].more) == 1
    assert dict(events[2].fields) == {"connection": "10"}


# ---------------------------------------------------------------- Redis, MongoDB

REDIS = {
    "1:C 01 May 2024 10:00:00.123 # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo": (NOTE, 1, "child"),
    "1:M 01 May 2024 10:00:00.124 * Ready to accept connections": (NOTE, 1, "master"),
    "1:M 01 May 2024 10:00:00.124 - Accepted 192.0.2.7:5555": (Severity.DEBUG, 1, "master"),
    "77:S 01 May 2024 10:00:00.124 # Error condition on socket for SYNC: Connection refused": (ERR, 77, "replica"),
    "77:X 01 May 2024 10:00:00.001 # +sdown master mymaster 192.0.2.7 6379": (WARN, 77, "sentinel"),
    "1:M 2024-05-01T10:00:00.123+00:00 # Connection with replica lost.": (WARN, 1, "master"),
    "1:M 1714557600123 # Connection with replica lost.": (WARN, 1, "master"),
    "[3574] 01 May 10:00:00.731 # Server started": (WARN, 3574, None),
    "1:signal-handler (1714557600) Received SIGTERM scheduling shutdown...": (Severity.NONE, 1, None),
}


@pytest.mark.parametrize("line", REDIS)
def test_redis_sentinel_and_valkey_are_read(line: str, tmp_path: Path) -> None:
    (event,) = read(tmp_path, line + "\n")
    severity, pid, role = REDIS[line]
    assert (event.format, event.unit, event.severity, event.pid, hour(event)) == ("redis", "redis", severity, pid, 10)
    assert dict(event.fields).get("role") == role
    assert line.endswith(event.message) and not event.message.startswith(("#", "*", "-"))


@pytest.mark.parametrize(
    "line", ["1:M is a pawn", "[77] 01 May 10:00:00 it is up", "12:30 # comment", "7:X 01 May 2024 10:00:00.123 hello"]
)
def test_what_is_almost_redis_is_not(line: str, tmp_path: Path) -> None:
    assert read(tmp_path, line + "\n")[0].format != "redis"


def test_mongodb_before_it_wrote_json_is_read(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        "2024-05-01T10:00:00.123+0000 I CONTROL  [initandlisten] MongoDB starting : pid=77 port=27017\n"
        "2024-05-01T10:00:01.123+0000 E STORAGE  [thread1] WiredTiger error (28) [1714557603:1][77:0x7f], file:x.wt\n"
        "2024-05-01T10:00:02.123+0000 F -        [conn7] Invariant failure x at src/mongo/a.cpp 77\n"
        "2024-05-01T10:00:03.123+0000 D1 NETWORK  [conn7] peer error\n",
    )
    assert [event.severity for event in events] == [LOG, ERR, FATAL, Severity.DEBUG]
    assert [event.unit for event in events] == ["CONTROL", "STORAGE", "", "NETWORK"]
    assert events[1].message.startswith("WiredTiger error (28)")
    assert (events[0].format, dict(events[0].fields)["context"]) == ("mongodb", "initandlisten")


# ---------------------------------------------------------------- strangers in the same file

STANZAS = {
    "mysql-error": MYSQL["8"].format(L="Note") + "\nit goes on\n",
    "mysql-slow": SLOW,
    "mysql-general": "2024-05-01T10:00:00.592691Z\t   10 Query\tSELECT 1\nFROM cart\n",
    "stamp-line": ALERTS,
}


@pytest.mark.parametrize("name", STANZAS)
@pytest.mark.parametrize(
    "stranger", ["2024-05-01 10:00:00,123 ERROR a.b: it failed", "May  1 10:00:00 web1 app[7]: it failed"]
)
def test_a_line_with_a_stamp_of_its_own_is_hidden_in_no_message(name: str, stranger: str, tmp_path: Path) -> None:
    events = read(tmp_path, STANZAS[name] * 4 + stranger + "\n" + STANZAS[name])
    alone = [event for event in events if event.line.text == stranger]
    assert [event.severity for event in alone] == [ERR]
