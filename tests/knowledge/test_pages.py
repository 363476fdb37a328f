"""Pages are read as SQLite reads them; what is damaged costs its own rows and nothing else."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pysqlite3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from edgeops.knowledge.frames import newest
from edgeops.knowledge.pages import INTERIOR, LEAF, Pages, Value, record, varint
from edgeops.knowledge.rows import Harvest, Row, Shape, owners, shapes

PAGE = 4096
TABLES = """
    CREATE TABLE plain (number INTEGER PRIMARY KEY, text TEXT, share REAL, bytes BLOB, many INTEGER) STRICT;
    CREATE TABLE keyed (second TEXT, first TEXT, long TEXT, PRIMARY KEY (first, second)) STRICT, WITHOUT ROWID;
    CREATE INDEX by_text ON plain (text);
"""
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def call(rows: int, log: bool = False) -> Path:
        path = tmp_path / "some.db"
        connection = pysqlite3.connect(path, isolation_level=None)
        connection.execute(f"PRAGMA page_size = {PAGE}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(TABLES)
        fill(connection, rows)
        if log:  # as a killed process leaves it
            content = {end: Path(f"{path}{end}").read_bytes() for end in ("", "-wal")}
            connection.close()
            for end, data in content.items():
                Path(f"{path}{end}").write_bytes(data)
        else:
            connection.close()
        return path

    return call


def fill(connection: Any, rows: int) -> None:
    connection.execute("BEGIN")
    for n in range(rows):
        plain = (
            n,
            f"text {n} 磁盘" * (1 + n % 7),
            n / 3,
            bytes([n % 256]) * (9000 if n % 10 == 0 else 5),
            -(1 << n % 62),
        )
        connection.execute("INSERT INTO plain VALUES (?, ?, ?, ?, ?)", plain)
        connection.execute("INSERT INTO keyed VALUES (?, ?, ?)", (f"b{n}", f"a{n}", "long " * (n % 10 * 60)))
    connection.execute("COMMIT")


def asked(path: Path) -> set[tuple[Value, ...]]:
    connection = pysqlite3.connect(path)
    found = set(connection.execute("SELECT * FROM plain"))
    found |= set(connection.execute("SELECT first, second, long FROM keyed"))
    connection.close()
    return found


def forms() -> list[Shape]:
    connection = pysqlite3.connect(":memory:")
    connection.executescript(TABLES)
    return shapes(connection, ["plain", "keyed"])


def harvest(content: bytes, log: bytes = b"") -> Harvest:
    return Harvest(Pages(content, log), forms(), lambda table, row: True)


def values(rows: Harvest) -> set[tuple[Value, ...]]:
    return {row.values for row in rows}


def test_every_row_is_read_as_sqlite_reads_it(make: Make) -> None:
    path = make(500)
    rows = harvest(path.read_bytes())
    assert values(rows) == asked(path)
    assert (sum(rows.lost.values()), rows.unread) == (0, 0)


@given(
    some.lists(
        some.none() | some.integers(-(2**63), 2**63 - 1) | some.floats(allow_nan=False) | some.text() | some.binary(),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=200)
def test_a_record_of_any_values_is_read_back(row: list[Any]) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE t ({', '.join(f'c{n}' for n in range(len(row)))})")
    connection.execute(f"INSERT INTO t VALUES ({', '.join('?' * len(row))})", row)
    pages = Pages(connection.serialize())
    (cell,) = pages.cells(2, LEAF)
    assert cell
    payload, _ = pages.payload(cell)
    assert list(record(payload)) == row


@pytest.mark.parametrize("number", [0, 1, 127, 128, 2**14, 2**32, 2**63 - 1, -1, -(2**63)])
def test_row_numbers_of_every_size_are_read(number: int) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
    connection.execute("INSERT INTO t VALUES (?)", [number])
    (cell,) = Pages(connection.serialize()).cells(2, LEAF)
    assert cell and cell.number == number


def test_a_number_that_is_cut_off_is_refused() -> None:
    with pytest.raises(ValueError, match="cut off"):
        varint(b"\xff\xff", 0)


def test_the_log_is_read_up_to_its_last_commit(make: Make) -> None:
    path = make(300, log=True)
    content, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    assert values(harvest(content, log)) == asked(path)
    assert values(harvest(content)) == set()
    assert newest(log[:-100], PAGE).keys() < newest(log, PAGE).keys()
    assert newest(b"no log at all" * 99, PAGE) == newest(log, 512) == {}


def test_a_damaged_frame_of_the_log_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    connection = pysqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(TABLES)
    for n in range(40):
        connection.execute("INSERT INTO plain VALUES (?, ?, 0, x'', 0)", [n, f"text {n}"])
    log = bytearray(Path(f"{path}-wal").read_bytes())
    frame = 24 + PAGE
    log[32 + 20 * frame + 300] ^= 1
    assert values(harvest(b"", bytes(log))) == {(n, f"text {n}", 0, b"", 0) for n in range(40)}
    connection.close()


def test_what_was_deleted_stays_deleted(make: Make) -> None:
    path = make(500)
    connection = pysqlite3.connect(path, isolation_level=None)
    connection.execute("DELETE FROM plain WHERE number BETWEEN 100 AND 399")
    connection.execute("DELETE FROM keyed WHERE first BETWEEN 'a100' AND 'a399'")
    connection.close()
    assert len(Pages(path.read_bytes()).free) > 10
    assert values(harvest(path.read_bytes())) == asked(path)


def most_on_a_page(content: bytes) -> int:
    pages = Pages(content)
    return max(
        sum(1 for _ in pages.cells(n, pages.kind(n))) for n in range(2, pages.count + 1) if pages.kind(n) in (LEAF, 10)
    )


@pytest.mark.parametrize("noise", [bytes(PAGE), b"\xff" * PAGE, random.Random(1).randbytes(PAGE)])
def test_whatever_page_is_hit_only_its_rows_are_lost_and_it_is_said(make: Make, noise: bytes) -> None:
    path = make(80)
    content, all_rows = path.read_bytes(), asked(path)
    most, keys = most_on_a_page(content), {row[0] for row in all_rows}
    for start in range(0, len(content), PAGE):
        rows = harvest(content[:start] + noise + content[start + PAGE :])
        found = values(rows)
        # Of a row that was long enough to go on elsewhere the bytes there may be others now.
        assert len(found - all_rows) <= 1
        assert {row[0] for row in found} <= keys
        assert len(all_rows - found) <= most
        # A page of zeros looks like one that was never used.
        assert len({row[0] for row in found}) == len(keys) or rows.unread + sum(rows.lost.values()) or not any(noise)


def test_a_page_whose_kind_was_changed_is_read_all_the_same(make: Make) -> None:
    path = make(150)
    content, all_rows = path.read_bytes(), asked(path)
    pages = Pages(content)
    leaves = [n for n in range(2, pages.count + 1) if pages.kind(n) == LEAF]
    for number, bit in ((n, 1 << n % 8) for n in leaves):
        hit = bytearray(content)
        hit[(number - 1) * PAGE] ^= bit
        assert values(harvest(bytes(hit))) == all_rows


def test_a_count_of_rows_that_was_changed_is_not_believed(make: Make) -> None:
    path = make(150)
    content, all_rows = path.read_bytes(), asked(path)
    pages = Pages(content)
    for number in [n for n in range(2, pages.count + 1) if pages.kind(n) == LEAF][:6]:
        for wrong in (b"\0\1", b"\xff\xff", b"\x40\x02"):
            hit = bytearray(content)
            hit[(number - 1) * PAGE + 3 : (number - 1) * PAGE + 5] = wrong
            assert values(harvest(bytes(hit))) == all_rows


def test_chains_that_run_in_circles_or_out_of_the_file_end(make: Make) -> None:
    content = bytearray(make(100).read_bytes())
    pages = Pages(bytes(content))
    for number in range(2, pages.count + 1):
        at = (number - 1) * PAGE
        if pages.kind(number) == 0:  # the rest of a long row: its next page becomes itself, or none there is
            content[at : at + 4] = (number if number % 2 else 1 << 30).to_bytes(4, "big")
        elif pages.kind(number) == INTERIOR:
            content[at + 8 : at + 12] = number.to_bytes(4, "big")
    content[32:36] = (2).to_bytes(4, "big")
    assert len(values(harvest(bytes(content)))) > 100


@pytest.mark.parametrize("seed", range(40))
def test_noise_of_any_kind_is_read_without_an_error(make: Make, seed: int) -> None:
    order = random.Random(seed)
    content = bytearray(make(60).read_bytes())
    for _ in range(order.choice((1, 30, 3000))):
        content[order.randrange(len(content))] = order.randrange(256)
    cut = order.randrange(len(content)) if seed % 4 == 0 else len(content)
    for row in harvest(bytes(content[:cut]), bytes(order.randbytes(5000))):
        assert isinstance(row, Row)
    owners(Pages(order.randbytes(20_000)))
