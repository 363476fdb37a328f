"""What one message shows by itself: its variables, named by kind."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgeops.detect.templates import LONGEST, id_of, pattern_of
from edgeops.detect.variables import VARIABLE

NAMED = [
    ("Connection from 10.0.3.14 port 5022", "Connection from <ip> port <port>"),
    ("upstream 10.0.3.14:8080 refused", "upstream <ip>:<port> refused"),
    ("peer fe80::1ff:fe23:4567:890a is down", "peer <ip> is down"),
    ("neighbour 2001:db8::7 up", "neighbour <ip> up"),
    ("cannot open /var/lib/app/data-7.db: no such file", "cannot open <path>: no such file"),
    ("loaded C:\\Windows\\System32\\a1.dll", "loaded <path>"),
    ("request 7f9c24e8-3b2a-4f6d-9c1e-0a1b2c3d4e5f failed", "request <uuid> failed"),
    ("lockup at 0xffffffff81063446", "lockup at <hex>"),
    ("commit 9fceb02d0ae598e95dc970b74767f19372d61af8 applied", "commit <hex> applied"),
    ("link 00:1b:44:11:3a:b7 up", "link <mac> up"),
    ("fetch https://mirror.example.com/a?b=1 failed", "fetch https://<url> failed"),
    ("mail to ann@example.com bounced", "mail to <email> bounced"),
    ("cannot resolve db1.prod.example.com", "cannot resolve <host>"),
    ("connect to cache.prod:6379 failed", "connect to <host>:<port> failed"),
    ("session opened for user ann by (uid=0)", "session opened for user <user> by (uid=<number>)"),
    ("Failed password for root from 10.1.1.1 port 22 ssh2", "Failed password for <user> from <ip> port <port> ssh2"),
    (
        "Failed password for invalid user bob from 10.1.1.1",
        "Failed password for invalid user <user> from <ip>",
    ),
    ("authentication failure; uid=0 user=ann", "authentication failure; uid=<number> user=<user>"),
    ("took 21 ms", "took <duration> ms"),
    ("timed out after 3.5s", "timed out after <duration>"),
    ("lifetime <1 sec", "lifetime <duration>"),
    ("free 317.1 KB of 12MB", "free <size> of <size>"),
    ("sent 4042 bytes (3.94 KB) to it", "sent <size> bytes to it"),
    ("sent 404 bytes to it", "sent <size> bytes to it"),
    ("Killed process 4312 (java)", "Killed process <pid> (java)"),
    ("started at Sat Jun 18 02:23:10 2005", "started at <time>"),
    ("window 2026-05-01 08:00:00,123 closed", "window <time> closed"),
    ("until 2026-05-01T08:00:00Z", "until <time>"),
    ("generating core.2275", "generating core.<number>"),
    ("block blk_-160 of 7", "block <id> of <number>"),
    ("block blk_160 of -7", "block <id> of <number>"),
    ("node web-01 left", "node <id> left"),
    ("(root) CMD (run-parts /etc/cron.hourly)", "(<user>) CMD (<command>)"),
    (
        "ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/bin/ls -l /root",
        "<user> : TTY=pts/<number> ; PWD=<path> ; USER=<user> ; COMMAND=<command>",
    ),
]

CONSTANT = [
    "RSA key loaded with sha256 and aes256",
    "EXT4-fs warning",
    "Slf4jLogger started",
    "org.example.mapreduce.v2.job.LostTaskException: gone",
    "java.io.IOException: No space left on device",
    "AirPort_Brcm43xx::syncPowerState: off",
    "at Foo.<init>",
    "磁盘 已满",
    "load/store alignment, Input/output error",
]


@pytest.mark.parametrize(("message", "pattern"), NAMED)
def test_a_variable_is_named_by_its_kind(message: str, pattern: str) -> None:
    assert pattern_of(message) == pattern


@pytest.mark.parametrize("message", CONSTANT)
def test_names_and_words_stay(message: str) -> None:
    assert pattern_of(message) == message


def test_what_was_masked_before_does_not_change_what_a_word_means() -> None:
    assert pattern_of("mount ext9 now") == "mount <id> now"
    assert pattern_of("mount ext4 now") == "mount ext4 now"
    assert pattern_of("mount ext9 now") == "mount <id> now"


def test_white_space_makes_no_difference() -> None:
    assert pattern_of("  a \t b  7 ") == pattern_of("a b 8")


def test_an_id_is_the_same_on_every_machine_and_does_not_hang_on_the_names_of_kinds() -> None:
    assert id_of("connection from <ip> port <port>") == "a1e95f7b72"
    assert id_of("x <ip>") == id_of("x <host>") == id_of("x <*>") != id_of("y <*>")


def test_a_message_without_end_is_cut_between_words() -> None:
    pattern = pattern_of("word " * 10_000)
    assert pattern == ("word " * (LONGEST // 5)).strip()
    assert len(pattern_of("x" * 100_000)) <= LONGEST


@given(st.text(max_size=300))
@example("0" * 300)
@example("1.1." * 70)
@example("a-1-" * 70)
@example("/a1" * 90)
@example("1:" * 140)
def test_any_text_has_a_pattern_with_no_digit_variable_left_unnamed(text: str) -> None:
    pattern = pattern_of(text)
    assert pattern == pattern_of(f" {text} ")
    assert "\n" not in pattern
    assert id_of(pattern) == id_of(VARIABLE.sub("<*>", pattern))
