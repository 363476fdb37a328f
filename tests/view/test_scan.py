"""Searches and filters, against what looking at every line gives."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.errors import UsageError
from edgeops.hooks import Format
from edgeops.records import Severity
from edgeops.view.file import File
from edgeops.view.lens import Lens
from edgeops.view.lineindex import SLAB
from edgeops.view.lines import row_at, rows
from edgeops.view.query import Phrase, Query, needle
from edgeops.view.scan import Scan, tally
from edgeops.view.sieve import Sieve

Open = Callable[..., tuple[File, Lens]]
LEVELS = ("INFO", "INFO", "INFO", "WARN", "ERROR")


def log(lines: int, seed: int = 1) -> bytes:
    """A log of one line each 2 s from midnight on."""
    dice = random.Random(seed)
    return b"".join(
        b"2024-05-01T%02d:%02d:%02d.000Z host app[%d]: %s request %d took %d ms\n"
        % (
            at // 1800,
            at // 30 % 60,
            at * 2 % 60,
            dice.randrange(9),
            dice.choice(LEVELS).encode(),
            at,
            dice.randrange(900),
        )
        for at in range(lines)
    )


def _all(file: File, scan: Scan) -> list[bytes]:
    found = []
    for number in range(-(-file.size // SLAB)):
        places = memoryview(scan.slab(number))
        for place in places:
            row = row_at(file, number * SLAB + place)
            assert row is not None
            found.append(row.raw)
    return found


@pytest.mark.parametrize(
    ("query", "is_wanted"),
    [
        (Query((Phrase("error"),)), lambda raw: b"ERROR" in raw),
        (Query((Phrase("Error"),)), lambda raw: False),
        (Query((Phrase("error", negate=True),)), lambda raw: b"ERROR" not in raw),
        (Query((Phrase(r"took \d ms$", regex=True),)), lambda raw: len(raw.split()[-2]) == 1),
        (Query((Phrase("warn"), Phrase("app[3]"))), lambda raw: b"WARN" in raw and b"app[3]" in raw),
        (Query(least=Severity.WARNING), lambda raw: b"WARN" in raw or b"ERROR" in raw),
        (Query(least=Severity.ERROR, phrases=(Phrase("app[1]"),)), lambda raw: b"ERROR" in raw and b"app[1]" in raw),
        (
            Query(since=datetime(2024, 5, 1, 1, 0, 4, tzinfo=UTC), until=datetime(2024, 5, 1, 1, 0, 9, tzinfo=UTC)),
            lambda raw: b"T01:00:04" <= raw[10:19] <= b"T01:00:09",
        ),
    ],
)  # fmt: skip
def test_a_filter_keeps_the_lines_that_fit_and_no_others(
    opened: Open, query: Query, is_wanted: Callable[[bytes], bool]
) -> None:
    file, lens = opened(log(8000))
    assert file.size > 2 * SLAB
    expected = [row.raw for row in rows(file, 0) if is_wanted(row.raw)]
    assert _all(file, Scan(file, lens, query)) == expected


def test_a_filter_by_severity_keeps_the_lines_that_continue_a_message(opened: Open) -> None:
    data = (
        log(50)
        + b"2024-05-01T02:00:00.000Z host app[1]: ERROR boom\nTraceback (most recent call last):\n"
        + b'  File "a.py", line 1, in <module>\nValueError: no\n'
        + log(50)
    )
    file, lens = opened(data)
    kept = _all(file, Scan(file, lens, Query(least=Severity.ERROR)))
    assert b'  File "a.py", line 1, in <module>' in kept
    assert all(b"INFO" not in raw for raw in kept)


def test_context_is_the_lines_around_also_across_slabs(opened: Open) -> None:
    lines = [b"line %06d %s" % (at, b"x" * 90) for at in range(6000)]
    for hit in (10, 2500, 2501, 5999):
        lines[hit] += b" HIT"
    file, lens = opened(b"\n".join(lines) + b"\n")
    kept = _all(file, Scan(file, lens, Query((Phrase("HIT"),), context=2)))
    assert kept == [lines[at] for at in (*range(8, 13), *range(2498, 2504), 5997, 5998, 5999)]
    border = next(at for at, row in enumerate(rows(file, 0)) if row.at >= SLAB)
    lines[border] += b" EDGE"
    file, lens = opened(b"\n".join(lines) + b"\n", "second.log")
    assert _all(file, Scan(file, lens, Query((Phrase("EDGE"),), context=1))) == lines[border - 1 : border + 2]


@given(st.lists(st.sampled_from([b"alpha", b"Beta", b"needle", b"x" * 300, b"nee", b"dle"]), max_size=80), st.data())
def test_the_next_and_the_previous_hit_are_those_of_a_plain_search(lines: list[bytes], data: st.DataObject) -> None:
    fd = os.memfd_create("log")
    os.write(fd, b"\n".join(lines))
    file = File("log", fd)
    formats: list[Format] = []
    phrase = data.draw(st.sampled_from([Phrase("needle"), Phrase("beta"), Phrase("Beta"), Phrase("ne+d", regex=True)]))
    scan = Scan(file, Lens(file, formats), Query((phrase,)))
    hits = [row.at for row in rows(file, 0) if needle(phrase).fits(row.raw)]
    starts = [row.at for row in rows(file, 0)] or [0]
    at = data.draw(st.sampled_from(starts))
    assert scan.next(at, file.size) == next((hit for hit in hits if hit >= at), -1)
    assert scan.previous(at, 0) == next((hit for hit in reversed(hits) if hit < at), -1)
    file.close()


@given(st.binary(max_size=400), st.integers(0, 399), st.integers(1, 9), st.booleans())
def test_the_sieve_passes_over_nothing_that_holds_the_text(hay: bytes, at: int, size: int, folded: bool) -> None:
    plain = hay[at : at + size]
    plain = plain.lower() if folded else plain
    if plain:
        assert Sieve(plain, folded).may_hold(hay)
    assert not Sieve(b"zebra", folded).may_hold(b"a line about oxen" * 9)


def test_case_does_not_matter_in_other_alphabets(opened: Open) -> None:
    file, lens = opened("ошибка ДИСКА\nÄRGER im Netz\n磁盘已满\n".encode())
    for text in ("диска", "ärger", "磁盘"):
        assert len(_all(file, Scan(file, lens, Query((Phrase(text),))))) == 1


def test_zeros_and_bytes_that_are_no_text_are_searched_like_others(opened: Open) -> None:
    file, lens = opened(b"a\0b needle\xff\xfe\x80 end\n" + b"\0" * 200 + b"\nneedle\n")
    assert len(_all(file, Scan(file, lens, Query((Phrase("needle"),))))) == 2


def test_what_is_no_expression_is_refused_in_a_sentence() -> None:
    for phrase in (
        Phrase("(a", regex=True),
        Phrase(""),
        Phrase("x" * 2000),
        Phrase("(?P<n>a){9999999999999}", regex=True),
    ):
        with pytest.raises(UsageError):
            needle(phrase)


def test_a_tally_counts_lines_and_patterns_of_a_slab(opened: Open) -> None:
    file, lens = opened(log(1000))
    found = tally(file, lens, 0, 16, patterns=True)
    assert found.lines == 1000
    assert found.stretches[0].first * 60 == datetime(2024, 5, 1, tzinfo=UTC).timestamp()
    assert len(found.stretches) <= 16
    assert sum(one.lines for one in found.stretches) == 1000
    assert sum(one.errors for one in found.stretches) == sum(b"ERROR" in row.raw for row in rows(file, 0))
    assert sum(found.patterns.values()) == 1000
    assert len(found.patterns) <= 6


def test_slabs_in_which_no_line_begins_hold_nothing(opened: Open) -> None:
    file, lens = opened(b"a\n" + b"x" * (3 * SLAB) + b"\nneedle\n")
    assert tally(file, lens, 1, 16, patterns=True).lines == 0
    assert list(Scan(file, lens, Query(least=Severity.ERROR)).slab(1)) == []
    assert Scan(file, lens, Query((Phrase("needle"),))).next(0, file.size) == 3 * SLAB + 3


def test_bytes_that_are_no_text_are_one_kind_and_cost_little(opened: Open) -> None:
    file, lens = opened(b"start\n" + random.Random(3).randbytes(100_000) + b"\n")
    found = tally(file, lens, 0, 16, patterns=True)
    assert found.patterns["<binary>"] > 300


def test_lines_without_times_are_of_the_time_above_them(opened: Open) -> None:
    data = (
        b"2024-05-01T10:00:00Z app: first\nbare one\n2024-05-01T11:00:00Z app: second\nbare two\n"
        b"2024-05-01T12:00:00Z app: third\nbare three\n"
    )
    file, lens = opened(data)
    query = Query(since=datetime(2024, 5, 1, 10, 30, tzinfo=UTC), until=datetime(2024, 5, 1, 11, 30, tzinfo=UTC))
    assert [raw.split()[-1] for raw in _all(file, Scan(file, lens, query))] == [b"second", b"two"]


def test_a_year_that_stamps_leave_out_is_that_of_the_place(opened: Open) -> None:
    months = (b"Nov", b"Dec", b"Jan", b"Feb")
    data = b"".join(
        b"%s %2d 10:00:00 host app[1]: line %d\n" % (month, day, day) for month in months for day in range(1, 29)
    )
    file, lens = opened(data)
    os.utime(file.path, (1709210000, 1709210000))  # 2024-02-29
    lens = Lens(File(file.path, os.dup(file.fd)), [*lens._all])
    first, last = next(rows(file, 0)), list(rows(file, 0))[-1]
    assert (lens.time(first), lens.time(last)) == (
        datetime(2023, 11, 1, 10, tzinfo=UTC),
        datetime(2024, 2, 28, 10, tzinfo=UTC),
    )
