"""`edgeops watch` among faults that are real: a full disk, a read-only home, processes stopped and killed, a terminal that is closed."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from edgeops.errors import StoreError
from edgeops.knowledge.database import Database
from tests.cli.test_watch import chatter, edgeops, until, watching

ROOT = Path(__file__).parents[2]
ALONE = ["unshare", "--map-root-user", "--mount"]


def home() -> Path:
    return Path(os.environ["EDGEOPS_HOME"])


def kept(query: str = "SELECT coalesce(sum(lines), 0) FROM stream") -> int:
    """Lines that the store says were read."""
    with (
        suppress(StoreError),
        closing(Database(home() / "store.db", readonly=True)) as database,
        database.reading() as connection,
    ):
        return int(connection.execute(query).fetchone()[0])
    return 0


def counted() -> int:
    return kept("SELECT coalesce(sum(count), 0) FROM tally")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "logs" / "app.log"
    file.parent.mkdir()
    file.write_text(chatter(100))
    return file


def add(log: Path, count: int) -> None:
    with log.open("a") as more:
        more.write(chatter(count))


# ---------------------------------------------------------------- F24, F25: the disk

FULL_DISK = """
import subprocess, sys, time
from contextlib import closing, suppress
from pathlib import Path
from edgeops.errors import StoreError
from edgeops.knowledge.database import Database

disk, log, err = map(Path, sys.argv[1:])
letters = "abcdefghijklmnopqrstuvwxyz"

def word(number):
    return "".join(letters[number // 26 ** place % 26] for place in range(6))

def write(start):
    with log.open("a") as out:
        for n in range(start, start + 300):
            out.write(f"2026-03-01T12:00:{n % 60:02}Z web1 app[{n}]: {word(n * 7919)} {word(n * 104729)} {'x' * 3000} {word(n)}\\n")

def lines():
    with suppress(StoreError), closing(Database(disk / "home/store.db", readonly=True)) as store, store.reading() as run:
        return run.execute("SELECT coalesce(sum(lines), 0), (SELECT sum(count) FROM tally) FROM stream").fetchone()
    return (0, 0)

def until(seen):
    end = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < end, (lines(), err.read_text())
        time.sleep(0.1)

def fill():
    with suppress(OSError), (disk / "filler").open("ab", buffering=0) as out:
        while out.write(bytes(1 << 12)):
            pass

write(0)
with err.open("w") as told:
    watch = subprocess.Popen([sys.executable, "-m", "edgeops", "watch", "--no-explain", str(log.parent)], stderr=told)
try:
    until(lambda: lines()[0] == 300)
    fill()
    for number in range(1, 20):
        write(300 * number)
        with suppress(AssertionError):
            end = time.monotonic() + 1.0
            while lines()[0] < 300 * (number + 1) and "full" not in err.read_text() and time.monotonic() < end:
                time.sleep(0.1)
        fill()
        if "full" in err.read_text():
            break
    until(lambda: "disk is full" in err.read_text())
    assert watch.poll() is None
    (disk / "filler").unlink()
    until(lambda: "can be written to again" in err.read_text())
    until(lambda: lines() == (300 * (number + 1),) * 2)
    watch.terminate()
    assert watch.wait(20) == 0
finally:
    watch.kill()
"""


def _alone() -> bool:
    return (
        bool(shutil.which("unshare"))
        and not subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode
    )


def on_a_disk_of_its_own(mount: str, *command: object) -> subprocess.CompletedProcess[str]:
    """The command where `mount` was done; $1 is the first word behind the program."""
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"}
    return subprocess.run(
        [*ALONE, "sh", "-c", f'{mount} && exec "$@"', "sh", *map(str, command)],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=150, env=environ,
    )  # fmt: skip


@pytest.mark.skipif(not _alone(), reason="no name space of one's own can be had here")
def test_a_watch_on_a_full_disk_says_so_waits_and_goes_on_by_itself_having_lost_nothing(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(FULL_DISK)
    disk, logs = tmp_path / "disk", tmp_path / "logs"
    disk.mkdir()
    logs.mkdir()
    mount = f"mount -t tmpfs -o size=16m tmpfs {disk} && export EDGEOPS_HOME={disk}/home"
    script = [sys.executable, tmp_path / "script.py", disk, logs / "app.log", tmp_path / "err"]
    done = on_a_disk_of_its_own(mount, *script)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in (tmp_path / "err").read_text()


@pytest.mark.skipif(not _alone(), reason="no name space of one's own can be had here")
@pytest.mark.parametrize("before", [False, True])
def test_a_home_that_is_read_only_is_said_in_a_sentence_and_nothing_is_harmed(log: Path, before: bool) -> None:
    if before:
        assert edgeops("watch", "--once", "--no-model", log.parent).returncode == 0
    home().mkdir(mode=0o700, exist_ok=True)
    mount = f"mount --bind {home()} {home()} && mount -o remount,bind,ro {home()}"
    done = on_a_disk_of_its_own(mount, sys.executable, "-m", "edgeops", "watch", "--once", "--no-model", log.parent)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and "cannot be made" in done.stderr, done.stderr
    add(log, 50)
    assert edgeops("watch", "--once", "--no-model", log.parent).returncode == 0
    assert kept() == counted() == 150


# ---------------------------------------------------------------- F21, F22: what the kernel tells of files


def test_more_notices_than_the_kernel_keeps_cost_no_line(log: Path, tmp_path: Path) -> None:
    many = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if many > 20_000:
        pytest.skip(f"the kernel keeps {many} notices; to make more takes too long")
    with watching(tmp_path, "--no-explain", str(log.parent)) as process:
        until(lambda: kept() == 100, "the first lines")
        process.send_signal(signal.SIGSTOP)
        for number in range(many // 2):
            other = log.with_name(f"{number}.tmp")
            other.touch()
            other.unlink()
        add(log, 50)
        log.with_name("new.log").write_text(chatter(70))
        process.send_signal(signal.SIGCONT)
        until(lambda: kept() == counted() == 220, "what no notice was given of")


@pytest.mark.skipif(not _alone(), reason="no name space of one's own can be had here")
def test_without_room_for_watches_of_directories_files_are_looked_at_all_the_same(log: Path, tmp_path: Path) -> None:
    for name in "abc":
        log.with_name(name).mkdir()
    limit, err = Path("/proc/sys/user/max_inotify_watches"), tmp_path / "err"
    script = f'echo 0 > {limit} && exec "$@"'
    with err.open("w") as told:
        process = subprocess.Popen(
            ["unshare", "--map-root-user", "sh", "-c", script, "sh", sys.executable, "-m", "edgeops", "watch", "--no-explain", str(log.parent)],
            stderr=told, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        until(lambda: kept() == 100, "the first lines")
        add(log, 10)
        log.with_name("c").joinpath("deep.log").write_text(chatter(20))
        until(lambda: kept() == counted() == 130, "lines that nobody told of")
        until(lambda: "gives no notice" in err.read_text(), "a word about it")
    finally:
        process.kill()
        process.wait()


# ---------------------------------------------------------------- F28, F33: alone, small, and out of the way


def test_a_lock_left_by_a_killed_watch_is_no_obstacle(log: Path, tmp_path: Path) -> None:
    with watching(tmp_path, "--no-model", str(log.parent)) as process:
        until(lambda: kept() == 100, "the first lines")
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (home() / "store.db.watch").read_text() == f"{process.pid}\n"
    assert edgeops("watch", "--once", "--no-model", log.parent).returncode == 0


def test_a_watch_of_a_thousand_files_is_small_and_gives_way_to_others(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    for number in range(1000):
        (logs / f"{number}.log").write_text(chatter(3).replace("web1", f"web{number}"))
    with watching(tmp_path, "--no-explain", str(logs)) as process:
        until(lambda: kept() == 3000, "all files")
        status = Path(f"/proc/{process.pid}/status").read_text()
        niceness = os.getpriority(os.PRIO_PROCESS, process.pid)
        disk = subprocess.run(["ionice", "-p", str(process.pid)], capture_output=True, text=True, check=False).stdout
    assert int(status.partition("VmHWM:")[2].split()[0]) < 128 * 1024
    assert niceness >= 10
    assert disk in ("", "idle\n")


# ---------------------------------------------------------------- F34: stopped, hung up, interrupted


def test_a_watch_that_was_stopped_for_a_while_catches_up_over_a_rotation(log: Path, tmp_path: Path) -> None:
    with watching(tmp_path, "--no-model", str(log.parent)) as process:
        until(lambda: kept() == 100, "the first lines")
        process.send_signal(signal.SIGSTOP)
        add(log, 200)
        log.rename(log.with_name("app.log.1"))
        add(log, 300)
        time.sleep(0.5)
        assert kept() == 100
        process.send_signal(signal.SIGCONT)
        until(lambda: kept() == counted() == 600, "what was written meanwhile")
        process.terminate()
        assert process.wait(10) == 0
    assert not kept("SELECT count(*) FROM gap")


@contextmanager
def on_a_terminal(*arguments: object) -> Iterator[tuple[int, int]]:
    """A watch in the foreground of a terminal of its own: its process id and the other end."""
    pid, screen = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, [sys.executable, "-m", "edgeops", "watch", *map(str, arguments)])
    try:
        yield pid, screen
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def ended(pid: int) -> Callable[[], bool]:
    """Whether it ended without a failure."""

    def seen() -> bool:
        done, status = os.waitpid(pid, os.WNOHANG)
        assert not status, os.waitstatus_to_exitcode(status)
        return bool(done)

    return seen


def test_a_terminal_that_is_closed_ends_the_watch_and_what_was_read_is_kept(log: Path) -> None:
    with on_a_terminal("--no-model", log.parent) as (pid, screen):
        until(lambda: kept() == 100, "the first lines")
        os.close(screen)
        until(ended(pid), "the end")
    add(log, 10)
    assert edgeops("watch", "--once", "--no-model", log.parent).returncode == 0
    assert kept() == counted() == 110


def test_ctrl_c_at_a_terminal_ends_the_watch_and_leaves_the_terminal_as_it_was(log: Path) -> None:
    with on_a_terminal("--no-model", log.parent) as (pid, screen):
        before = termios.tcgetattr(screen)
        until(lambda: kept() == 100, "the first lines")
        os.write(screen, b"\x03")
        told = b""
        with suppress(OSError):
            while data := os.read(screen, 4096):
                told += data
        assert termios.tcgetattr(screen) == before
        until(ended(pid), "the end")
        os.close(screen)
    assert b"Watched for" in told and b"Traceback" not in told


def test_a_single_run_can_be_interrupted_and_the_next_one_goes_on(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    text = chatter(20_000)
    for number in range(10):
        (logs / f"{number}.log").write_text(text.replace("web1", f"web{number}"))
    with watching(tmp_path, "--once", "--no-explain", str(logs)) as process:
        until(lambda: kept() > 0, "the first lines")
        process.terminate()
        assert process.wait(10) == 128 + signal.SIGTERM
    assert 0 < kept() < 200_000
    assert edgeops("watch", "--once", "--no-explain", logs).returncode == 0
    assert kept() == counted() == 200_000
