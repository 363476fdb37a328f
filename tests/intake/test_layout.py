"""Headers that no format declares are learnt from a sample: what remains is the message."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.hooks import Format
from edgeops.intake.formats.layout import LAYOUT
from edgeops.intake.sampling import choose
from edgeops.intake.timestamps import Clock
from edgeops.records import Event, Line, Severity

from .opened import FORMATS, NOW

MESSAGES = [
    "Starting worker 7 of 12",
    "Connection from 192.0.2.8:4021 closed",
    "Request GET /a took 12 ms: slow",
    "cache miss for key user",
    "Shutting down, reason: idle",
    "Job 88 done",
    "value=3 limit=5",
    "queue length is 14 now",
]
LEVELS = ["INFO", "WARN", "ERROR"]
NAMES = ["Alpha", "BetaTwo", "Gamma"]

HEADERS = {
    "log4j": "2024-05-01 10:00:{s},123 {L} [pool-{i}-thread-1] com.shop.{c} - ",
    "logback": "10:00:{s}.123 [main-{i}] {L}  com.shop.{c} - ",
    "spring": "2024-05-01T10:00:{s}.123Z  {L} 93649 --- [nio-8080-exec-{i}] o.s.web.{c}              : ",
    "python": "2024-05-01 10:00:{s},123 {L} shop.{c}: ",
    "python dashed": "2024-05-01 10:00:{s},123 - shop.{c} - {L} - ",
    "gunicorn": "[2024-05-01 10:00:{s} +0000] [{p}] [{L}] ",
    "celery": "[2024-05-01 10:00:{s},123: {L}/ForkPoolWorker-{i}] ",
    "rust": "[2024-05-01T10:00:{s}Z {L} shop::{c}] ",
    "zap": "2024-05-01T10:00:{s}.625Z\t{L}\tsync/{c}.go:{p}\t",
    "go": "2024/05/01 10:00:{s} main.go:{p}: ",
    "bare go": "2024/05/01 10:00:{s} ",
    "nlog": "2024-05-01 10:00:{s}.1234|{L}|Shop.{c}|",
    "piped phone log": "20240501-10:0:{s}:606|Step_{c}|3000{p}|",
    "kafka": "[2024-05-01 10:00:{s},226] {L} [{c} id={i}] ",
    "brackets and parentheses": "10:00:{s},123 {L}  [org.shop.{c}] (service thread 1-{i}) ",
    "supercomputer": "- 17145576{s} 2024.05.01 R{p}-M1-N0 2024-05-01-10.00.{s}.308319 R{p}-M1-N0 RAS KERNEL {L} ",
    "cluster": "- 17145576{s} 2024.05.01 dn{p} May 1 10:00:{s} dn{p}/dn{p} {c}[29{s}]: ",
    "numbered": "1346{s} node-{p} unix.hw state.{c} 17145576{s} 1 ",
    "compact date": "240501 1000{s} {p} {L} dfs.{c}: ",
    "phone": "05-01 10:00:{s}.811  17{s}  26{s} I {c}: ",
    "file first": "api.log.1.2024-05-01_13:53:08 2024-05-01 10:00:{s}.008 25{p} {L} api.{c} [req-38101a0b-{c} - - -] ",
    "spaced columns": "2024-05-01 10:00:{s}, {L}                  {c}    ",
    "ruby": "I, [2024-05-01T10:00:{s}.497736 #126{p}]  INFO -- : ",
    "catalina": "01-May-2024 10:00:{s}.123 {L} [main] org.apache.catalina.{c}.load ",
    "postgres": "2024-05-01 10:00:{s}.123 UTC [{p}] app@shop LOG:  ",
    "mysql": "2024-05-01T10:00:{s}.835618Z {i} [{L}] [MY-01{p}] [{c}] ",
    "broker": "2024-05-01 10:00:{s}.123456+00:00 [info] <0.{p}.0> ",
    "level": "{L}: ",
    "bracketed level": "[{L}] ",
    "level before a file": "{L} util.py:4{s}:  ",
}
UNTIMED = {"level", "bracketed level", "level before a file"}


def made(header: str, count: int = 40) -> list[tuple[bytes, str]]:
    lines = []
    for i in range(count):
        holes = {"i": i % 10, "s": 10 + i % 50, "p": 100 + i * 7 % 900, "c": NAMES[i % 3], "L": LEVELS[i % 3]}
        lines.append(((header.format(**holes) + MESSAGES[i % 8]).encode(), MESSAGES[i % 8]))
    return lines


def parsed(chosen: Format, raw: bytes) -> Event:
    return chosen.parse(Line("a.log", 0, 1, raw), (), Clock(NOW))


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_is_told_from_its_message(name: str) -> None:
    lines = made(HEADERS[name])
    chosen = choose([raw for raw, _ in lines], FORMATS)
    events = [parsed(chosen, raw) for raw, _ in lines]
    assert [event.message for event in events] == [message for _, message in lines]
    assert all((event.time is None) == (name in UNTIMED) for event in events)


@pytest.mark.parametrize("name", [name for name, header in HEADERS.items() if "{L}" in header])
def test_the_level_column_gives_the_severity(name: str) -> None:
    lines = made(HEADERS[name])
    chosen = choose([raw for raw, _ in lines], FORMATS)
    expected = [Severity.INFO, Severity.WARNING, Severity.ERROR] * 14
    assert [parsed(chosen, raw).severity for raw, _ in lines] == expected[:40]


def test_logger_thread_and_pid_are_named() -> None:
    chosen = choose([raw for raw, _ in made(HEADERS["log4j"])], FORMATS)
    event = parsed(chosen, b"2024-05-01 10:00:01,123 WARN [pool-3] com.shop.Cart - lost it")
    assert (event.unit, event.fields) == ("com.shop.Cart", (("thread", "pool-3"),))
    chosen = choose([raw for raw, _ in made(HEADERS["cluster"])], FORMATS)
    event = parsed(chosen, b"- 1714557610 2024.05.01 dn5 May 1 10:00:10 dn5/dn5 sshd[77]: session opened")
    assert (event.unit, event.pid, event.message) == ("sshd", 77, "session opened")


def test_a_line_that_lacks_the_later_columns_keeps_what_follows_the_stamp() -> None:
    chosen = choose([raw for raw, _ in made(HEADERS["log4j"])], FORMATS)
    event = parsed(chosen, b"2024-05-01 10:00:01,123 ERROR out of band")
    assert (event.severity, event.message) == (Severity.ERROR, "out of band")
    assert event.time is not None


def test_a_level_that_only_some_lines_have_is_still_read() -> None:
    raws = [b"2024-05-01 10:00:%02d backup of volume %d" % (i, i) for i in range(30)]
    chosen = choose(raws, FORMATS)
    assert parsed(chosen, b"2024-05-01 10:00:59 ERROR volume 7 is gone").severity == Severity.ERROR
    assert parsed(chosen, b"2024-05-01 10:00:59 job 7: [WARN] volume is slow").severity == Severity.WARNING


def test_a_level_in_brackets_that_not_all_lines_have_is_still_read() -> None:
    line = "2024-05-01T10:00:0{}.835618Z {} [{}] [MY-01] [Server] it is {}"
    raws = [
        line.format(i % 10, i, level, i).encode() for i, level in enumerate(["System", "Note", "Warning", "ERROR"] * 9)
    ]
    chosen = choose(raws, FORMATS)
    severities = [parsed(chosen, raw).severity for raw in raws[:4]]
    assert severities == [Severity.NONE, Severity.NOTICE, Severity.WARNING, Severity.ERROR]


def test_a_number_in_brackets_is_the_pid() -> None:
    raws = [f"2024-05-01 10:00:0{i % 10}.123 UTC [{4000 + i}] app@shop LOG:  it is {i}".encode() for i in range(40)]
    assert parsed(choose(raws, FORMATS), raws[7]).pid == 4007


def test_words_of_the_message_are_not_taken_for_columns() -> None:
    rng = random.Random(7)
    words = "disk node user lease tape quorum socket ticket batch frame".split()
    raws = [
        b"2024-05-01 10:00:00 %s %s is ready" % (rng.choice(words).encode(), rng.choice(words).encode())
        for _ in range(80)
    ]
    chosen = choose(raws, FORMATS)
    assert all(parsed(chosen, raw).message.encode() == raw[20:] for raw in raws)


def test_bare_lines_are_no_layout() -> None:
    raws = [
        b"checking for gcc... yes",
        b"checking whether cc works... yes",
        b"config.status: creating Makefile",
        b"make all",
    ]
    assert choose(raws * 10, FORMATS).name == "plain"


def test_mixed_case_first_words_are_no_levels() -> None:
    raws = [b"Failed to copy %d" % i for i in range(9)] + [b"Error loading map %d" % i for i in range(9)]
    assert choose(raws, FORMATS).name == "plain"


@given(st.lists(st.binary(max_size=80), max_size=12), st.binary(max_size=80))
def test_any_bytes_can_be_sampled_and_parsed(sample: list[bytes], raw: bytes) -> None:
    chosen = LAYOUT.fit(sample) or LAYOUT
    assert isinstance(chosen.starts(raw), bool)
    assert parsed(chosen, raw).line.raw == raw


@given(st.sampled_from(sorted(HEADERS)), st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=60))
def test_a_message_of_any_characters_is_kept(name: str, message: str) -> None:
    chosen = choose([raw for raw, _ in made(HEADERS[name])], FORMATS)
    header = made(HEADERS[name], 1)[0][0].removesuffix(MESSAGES[0].encode())
    kept = parsed(chosen, header + b"x" + message.encode()).message
    assert ("x" + message).strip().endswith(kept)


def test_hostile_lines_take_no_time() -> None:
    for piece in (b"[" * 9, b"(a" * 9, b"2024-05-01 ", b"a.b.", b"a b - ", b"<", b"1714557600 ", b"{a} "):
        sample = [piece * 4000] * 20
        chosen = LAYOUT.fit(sample) or LAYOUT
        parsed(chosen, sample[0])
