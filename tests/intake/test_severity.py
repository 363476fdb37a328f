"""What a line says about its badness, by its level or by its words; digits never decide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.intake.severity import guess, of_priority, severity_of
from edgeops.records import Severity

ALARMING = [
    ("Failed to start The Apache HTTP Server.", Severity.ERROR),
    ("app[991]: segfault at 8 ip 00007f sp 00007ffc error 4 in libc.so.6", Severity.ERROR),
    ("connect() failed (111: Connection refused) while connecting to upstream", Severity.ERROR),
    ("write error: No space left on device", Severity.ERROR),
    ("make: cmake: command not found", Severity.ERROR),
    ("main.o: in function `main': undefined reference to `frob'", Severity.ERROR),
    ("collect2: error: ld returned 1 exit status", Severity.ERROR),
    ("curl: (22) The requested URL returned error: 404", Severity.ERROR),
    ("ValueError: invalid literal for int()", Severity.ERROR),
    ("java.net.SocketTimeoutException: Read timed out", Severity.ERROR),
    (
        "EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm ls: reading directory lblock 0",
        Severity.ERROR,
    ),
    ("blk_update_request: I/O error, dev sdb, sector 4711", Severity.ERROR),
    ("INFO: task jbd2/sda1-8:310 blocked for more than 120 seconds.", Severity.ERROR),
    ("Unable to locate package frob", Severity.ERROR),
    ("ninja: build stopped: subcommand failed.", Severity.ERROR),
    ("Requirement not satisfied: frob>=2", Severity.ERROR),
    ("Out of memory: Killed process 4711 (java) total-vm:8388608kB", Severity.CRITICAL),
    ("mce: [Hardware Error]: Machine check events logged", Severity.CRITICAL),
    ("Kernel panic - not syncing: VFS: Unable to mount root fs", Severity.FATAL),
    ("panic: runtime error: index out of range [3] with length 3", Severity.FATAL),
    ("frob.c:1:10: fatal error: frob.h: No such file or directory", Severity.FATAL),
    ("FATAL: password authentication failed for user", Severity.FATAL),
    ("wget: server answered 404 Not Found", Severity.WARNING),
    ("warning: unused variable 'x'", Severity.WARNING),
    ("Failed password for root from 203.0.113.9 port 4022 ssh2", Severity.WARNING),
    ("WARNING: command failed, trying again", Severity.WARNING),
    ("eth0: Link is Down", Severity.WARNING),
    ("main process exited, code=killed, status=9/KILL", Severity.WARNING),
]
QUIET = [
    "0 errors, 0 warnings",
    "12 tests passed, 0 failed",
    "Compiled with no errors",
    "errors: 0",
    "finished: errors=0 failures=0 timeouts=0",
    "ok=5 changed=0 unreachable=0 failed=0",
    "opened /var/log/nginx/error.log for writing",
    "error_log=/var/log/php_errors.log",
    "gcc -Wall -Werror -o errors.o -c errors.c",
    "Installing libgpg-error-1.55-2.x86_64",
    "non-fatal error handling is enabled",
    "proxy_read_timeout is 30s, timeout=30",
    "failover pair is in sync",
    "Started Daily apt download activities.",
    "Accepted publickey for deploy from 192.0.2.7 port 50022 ssh2",
    "",
]
STATED = {
    "INFO could not find the optional file, going on": Severity.INFO,
    "DEBUG: retry failed": Severity.DEBUG,
    "[info] error page written": Severity.INFO,
    "level=info msg=failed": Severity.INFO,
    "app: WARN: connection refused": Severity.WARNING,
    "[error] all is well": Severity.ERROR,
    "NOTICE: table is missing, skipping": Severity.NOTICE,
}


@pytest.mark.parametrize(("message", "severity"), STATED.items())
def test_a_level_that_the_message_begins_with_is_believed(message: str, severity: Severity) -> None:
    assert guess(message) == severity


@pytest.mark.parametrize(("message", "severity"), ALARMING)
def test_an_alarming_message_is_found(message: str, severity: Severity) -> None:
    assert guess(message) == severity


@pytest.mark.parametrize("message", QUIET)
def test_a_harmless_message_is_left_alone(message: str) -> None:
    assert guess(message) == Severity.NONE


@given(
    st.lists(
        st.sampled_from("errors failed 0 1 17 no 404 timeout : = error, warning (s) 3x ok-5 exit code status".split())
    ).map(" ".join),
    st.dictionaries(st.sampled_from("0123456789"), st.sampled_from("0123456789")),
)
def test_digits_do_not_matter(message: str, swaps: dict[str, str]) -> None:
    assert guess(message) == guess(message.translate(str.maketrans(swaps)))


@given(st.text(max_size=300))
def test_any_text_has_a_severity(message: str) -> None:
    assert isinstance(guess(message), Severity)


def test_a_hostile_message_takes_no_time() -> None:
    for piece in ("error ", "no ", "errors: ", "failed ", "a" * 50 + " ", "((((", "if if if "):
        assert isinstance(guess(piece * 20000), Severity)


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("WARN", Severity.WARNING),
        ("[Error]", Severity.ERROR),
        ("err", Severity.ERROR),
        ("I", Severity.INFO),
        ("Emergency", Severity.FATAL),
        ("crit", Severity.CRITICAL),
        ("verbose", Severity.DEBUG),
        ("notice", Severity.NOTICE),
        ("banana", Severity.NONE),
        ("", Severity.NONE),
    ],
)
def test_a_level_word_is_known(word: str, severity: Severity) -> None:
    assert severity_of(word) == severity


def test_a_priority_holds_its_severity() -> None:
    assert [of_priority(n) for n in (0, 2, 3, 4, 5, 6, 7)] == [60, 50, 40, 30, 25, 20, 10]
    assert of_priority(165) == Severity.NOTICE
