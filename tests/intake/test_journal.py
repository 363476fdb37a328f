"""The journal is followed through journalctl, a fake one here that can be killed, vacuumed and refused."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgeops.intake.feed import Batch, Checkpoint, CursorMark, Loss
from edgeops.intake.journal import Journal
from edgeops.intake.journal_entry import cursor_of
from edgeops.records import Severity
from tests.intake.opened import events_of, opened, written

FAKE = str(Path(__file__).parent / "fake_journalctl.py")
FRESH = Checkpoint("journal", "journal")
PATIENCE_S = 20


class Machine:
    """The journal of a machine in a folder, and all that was read of it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.written, self.batches = folder, 0, list[Batch]()
        (folder / "entries").write_bytes(b"")
        self.checkpoint = FRESH

    def journal(self, **settings: Any) -> Journal:
        given = {"command": [sys.executable, "-I", "-S", FAKE, str(self.folder)], "obstacle": str, "pause_s": 0.001}
        return Journal(self.checkpoint, **{**given, **settings})

    def log(self, count: int = 1, **fields: Any) -> None:
        with (self.folder / "entries").open("ab") as entries:
            for _ in range(count):
                entry = {
                    "__CURSOR": f"i={self.written}",
                    "__REALTIME_TIMESTAMP": "1",
                    "MESSAGE": f"said {self.written}",
                }
                entries.write(json.dumps(entry | fields, separators=(",", ":")).encode() + b"\n")
                self.written += 1

    def vacuum(self, count: int) -> None:
        """The oldest entries go."""
        entries = (self.folder / "entries").read_bytes().splitlines(keepends=True)
        (self.folder / "new").write_bytes(b"".join(entries[count:]))
        (self.folder / "new").replace(self.folder / "entries")

    def take(self, batches: Iterator[Batch], most: int = 1 << 30) -> None:
        for _, batch in zip(range(most), batches, strict=False):
            self.batches.append(batch)
            self.checkpoint = batch.checkpoint

    @property
    def lines(self) -> list[bytes]:
        return [raw for batch in self.batches if batch.block for raw in batch.block.lines]

    @property
    def numbers(self) -> list[int]:
        return [int(cursor_of(raw).removeprefix("i=")) for raw in self.lines]

    def starts(self) -> list[list[str]]:
        told = self.folder / "starts"
        return [line.split(" ", 2) for line in told.read_text().splitlines()] if told.exists() else []

    def follow(self, journal: Journal, until: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < end, (self.numbers, journal.standings(), journal.notes())
            self.take(journal.poll(1 << 20))
            time.sleep(0.001)

    def kill(self) -> None:
        """The child that was started last dies."""
        if starts := self.starts():
            pid = int(starts[-1][0])
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if FAKE in Path(f"/proc/{pid}/cmdline").read_text():
                    os.kill(pid, signal.SIGKILL)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "journal")


def test_entries_come_once_each_as_they_are_printed(machine: Machine) -> None:
    machine.log(3)
    journal = machine.journal()
    machine.follow(journal, lambda: len(machine.lines) == 3)
    machine.log(2)
    machine.follow(journal, lambda: len(machine.lines) == 5)
    journal.close()
    printed = (machine.folder / "entries").read_bytes()
    assert machine.lines == printed.splitlines()
    last = machine.checkpoint
    assert (last.offset, last.lines, last.crc) == (len(printed), 5, zlib.crc32(printed))
    assert last.mark == CursorMark("i=4")
    assert [b.gaps for b in machine.batches if b.gaps] == [] and not journal.notes()


def test_lines_have_their_numbers_and_offsets(machine: Machine) -> None:
    journal = machine.journal()
    for total in (1, 4):
        machine.log(total - machine.written)
        machine.follow(journal, lambda: len(machine.lines) == machine.written)
    journal.close()
    printed = (machine.folder / "entries").read_bytes()
    found = [b.block.line("journal", i) for b in machine.batches if b.block for i in range(len(b.block.lines))]
    assert [line.number for line in found] == [1, 2, 3, 4]
    assert all(printed[line.offset :].startswith(line.raw + b"\n") for line in found)


def test_after_a_restart_reading_goes_on_behind_the_committed_entry(machine: Machine) -> None:
    machine.log(3)
    journal = machine.journal()
    machine.follow(journal, lambda: len(machine.lines) == 3)
    journal.close()
    machine.log(2)
    again = machine.journal()
    machine.follow(again, lambda: len(machine.lines) >= 5)
    again.close()
    assert machine.numbers == [0, 1, 2, 3, 4]
    assert not again.notes()


def test_without_following_all_that_is_there_is_read_once(machine: Machine) -> None:
    for total in (40, 45, 45):
        machine.log(total - machine.written)
        journal = machine.journal(follow=False)
        machine.take(journal.poll(1 << 20))
        end = time.monotonic() + PATIENCE_S
        while journal.descriptors() and time.monotonic() < end:
            machine.take(journal.poll(1000))
        assert machine.numbers == list(range(total))
        assert journal.standings()[0].trouble == "" and list(journal.poll(1000)) == []
        journal.close()
    assert len(machine.starts()) == 3


def test_a_batch_that_was_not_taken_comes_again(machine: Machine) -> None:
    machine.log(1)
    machine.log(1, MESSAGE="x" * 5000)
    machine.log(1)
    journal = machine.journal(max_line=1000)
    end = time.monotonic() + PATIENCE_S
    while len(machine.lines) < 3 and time.monotonic() < end:
        machine.take(journal.poll(1 << 20), most=1)
    journal.close()
    assert machine.numbers == [0, 1, 2]


def test_a_child_that_is_killed_is_started_again_behind_the_last_entry(machine: Machine) -> None:
    machine.log(2)
    journal = machine.journal()
    machine.follow(journal, lambda: len(machine.lines) == 2)
    machine.kill()
    machine.log(2)
    machine.follow(journal, lambda: len(machine.lines) >= 4)
    journal.close()
    assert machine.numbers == [0, 1, 2, 3]
    assert '"--cursor": "i=1"' in machine.starts()[-1][2]


def test_half_an_entry_of_a_child_that_died_is_not_taken_for_the_beginning_of_another(machine: Machine) -> None:
    machine.log(1)
    journal = machine.journal()
    machine.follow(journal, lambda: len(machine.lines) == 1)
    machine.kill()
    (machine.folder / "tear").write_text("2")
    machine.log(3)
    machine.follow(journal, lambda: len(machine.lines) >= 4)
    journal.close()
    assert machine.numbers == [0, 1, 2, 3]
    assert [batch.gaps for batch in machine.batches if batch.gaps] == [] and not journal.notes()


_ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("log"), st.integers(1, 30)),
        st.tuples(st.just("poll"), st.integers(1, 3000)),
        st.tuples(st.just("wait"), st.integers(1, 60)),
        st.tuples(st.just("kill child"), st.just(0)),
        st.tuples(st.just("kill us"), st.integers(0, 1)),
    ),
    min_size=5,
    max_size=25,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(actions=_ACTIONS)
def test_no_entry_is_lost_or_given_twice_whoever_is_killed(
    actions: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    machine = Machine(tmp_path_factory.mktemp("journal"))
    journal = machine.journal()
    for action, size in actions:
        if action == "log":
            machine.log(size)
        elif action == "poll":
            machine.take(journal.poll(size))
        elif action == "wait":
            time.sleep(size / 1000)
        elif action == "kill child":
            machine.kill()
        else:
            machine.take(journal.poll(1 << 20), most=size)
            journal.close()  # nothing is handed over by it: the new one knows what was committed and no more
            journal = machine.journal()
    machine.log(1)
    machine.follow(journal, lambda: machine.checkpoint.mark == CursorMark(f"i={machine.written - 1}"))
    journal.close()
    assert machine.numbers == list(range(machine.written))
    assert [b.gaps for b in machine.batches if b.gaps] == []
    printed = (machine.folder / "entries").read_bytes()
    assert (machine.checkpoint.offset, machine.checkpoint.crc) == (len(printed), zlib.crc32(printed))


def test_where_the_entry_is_gone_a_gap_is_told_and_the_oldest_that_is_left_comes(machine: Machine) -> None:
    machine.log(3)
    journal = machine.journal()
    machine.follow(journal, lambda: len(machine.lines) == 3)
    journal.close()
    machine.log(4)
    machine.vacuum(5)
    again = machine.journal()
    machine.follow(again, lambda: len(machine.lines) >= 5)
    again.close()
    assert machine.numbers == [0, 1, 2, 5, 6]
    [(gap,)] = [b.gaps for b in machine.batches if b.gaps]
    assert (gap.loss, gap.most, gap.source) == (Loss.VANISHED, None, "journal")
    [note] = again.notes()
    assert "no longer has the entry" in note
    assert again.notes() == []


def test_an_entry_too_vast_to_keep_is_a_gap_and_its_cursor_is_known(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgeops.intake.journal._MOST_ENTRY", 4096)
    machine.log(1)
    machine.log(1, MESSAGE="y" * 300_000)
    machine.log(1, MESSAGE="z" * 300_000, __CURSOR=None)
    entries = (machine.folder / "entries").read_bytes().replace(b'"__CURSOR":null,', b"")
    (machine.folder / "entries").write_bytes(entries.replace(b'zz"}', b'zz","__CURSOR":"i=2"}'))
    journal = machine.journal()
    machine.follow(journal, lambda: machine.checkpoint.mark == CursorMark("i=2"))
    journal.close()
    machine.log(1)
    again = machine.journal()
    machine.follow(again, lambda: len(machine.lines) == 2)
    again.close()
    assert machine.numbers == [0, 3]
    gaps = [gap for batch in machine.batches for gap in batch.gaps]
    sizes = [len(raw) + 1 for raw in (machine.folder / "entries").read_bytes().splitlines()]
    assert [(gap.loss, gap.start, gap.most) for gap in gaps] == [
        (Loss.TOO_LONG, sizes[0], sizes[1]),
        (Loss.TOO_LONG, sizes[0] + sizes[1], sizes[2]),
    ]
    assert machine.checkpoint.offset == sum(sizes)


def test_a_long_entry_keeps_all_its_fields_and_the_head_of_its_message(machine: Machine) -> None:
    machine.log(1, MESSAGE="head " + "m" * 50_000, _HOSTNAME="web1", _PID="7")
    machine.log(1)
    journal = machine.journal(max_line=4000)
    machine.follow(journal, lambda: len(machine.lines) == 2)
    journal.close()
    entry = json.loads(machine.lines[0])
    assert entry["MESSAGE"].startswith("head mmm") and (entry["_HOSTNAME"], entry["_PID"]) == ("web1", "7")
    assert 2000 < len(machine.lines[0]) <= 4000
    [(gap,)] = [b.gaps for b in machine.batches if b.gaps]
    whole = len((machine.folder / "entries").read_bytes().splitlines()[0])
    assert (gap.loss, gap.start, gap.most) == (Loss.TOO_LONG, len(machine.lines[0]), whole - len(machine.lines[0]))


def test_an_entry_is_read_as_host_unit_pid_severity_and_message(machine: Machine, tmp_path: Path) -> None:
    machine.log(30, _HOSTNAME="web1", SYSLOG_IDENTIFIER="nginx", _SYSTEMD_UNIT="nginx.service", _PID="42", PRIORITY="3")
    coloured = list(b"\x1b[31mred\x1b[0m alert")
    machine.log(1, _HOSTNAME="web1", SYSLOG_IDENTIFIER="app", _PID="43", PRIORITY="4", MESSAGE=coloured)
    journal = machine.journal()
    machine.follow(journal, lambda: len(machine.lines) == 31)
    journal.close()
    events = events_of(opened(written(tmp_path / "given", b"\n".join(machine.lines) + b"\n")))
    first, last = events[0], events[-1]
    assert (first.format, first.host, first.unit, first.pid) == ("journal", "web1", "nginx", 42)
    assert (first.severity, first.message) == (Severity.ERROR, "said 0")
    assert (last.unit, last.severity) == ("app", Severity.WARNING)
    assert "red" in last.message and "27" not in last.message


def test_the_child_has_a_clean_environment_its_own_group_and_no_shell(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_PRELOAD_OF_SOMEBODY", "x")
    machine.log(1)
    journal = machine.journal()
    machine.follow(journal, lambda: len(machine.lines) == 1)
    [(pid, group, rest)] = machine.starts()
    assert pid == group and int(group) != os.getpgrp()
    assert "LD_PRELOAD_OF_SOMEBODY" not in rest and "C.UTF-8" in rest
    journal.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)
    assert journal.descriptors() == [] and list(journal.poll(100)) == []
    assert len(machine.starts()) == 1


def test_the_child_dies_with_us(machine: Machine) -> None:
    machine.log(1)
    code = (
        "import sys, time; from edgeops.intake.journal import Journal; from edgeops.intake.feed import Checkpoint\n"
        f"journal = Journal(Checkpoint('j', 'j'), command=[sys.executable, '-I', '-S', {FAKE!r}, {str(machine.folder)!r}])\n"
        "while not list(journal.poll(1000)): time.sleep(0.01)\n"
        "print('read', flush=True); time.sleep(60)"
    )
    us = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert us.stdout and us.stdout.readline() == b"read\n"
    us.kill()
    us.communicate()
    child = int(machine.starts()[0][0])
    end = time.monotonic() + PATIENCE_S
    while Path(f"/proc/{child}/stat").exists() and time.monotonic() < end:
        if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            break
        time.sleep(0.01)
    else:
        assert not Path(f"/proc/{child}").exists()


def test_a_child_that_ends_at_once_is_started_ever_more_seldom(machine: Machine) -> None:
    (machine.folder / "refusal").write_text("Failed to open journal: Input/output error")
    now = [0.0]
    journal = machine.journal(clock=lambda: now[0], pause_s=1.0)
    pauses = []
    for _ in range(8):
        known, begun = len(machine.starts()), now[0]
        while len(machine.starts()) == known:
            list(journal.poll(1000))
            now[0] += 0 if journal.descriptors() else 0.5
        pauses.append(now[0] - begun)
        end = time.monotonic() + PATIENCE_S
        while journal.descriptors() and time.monotonic() < end:
            list(journal.poll(1000))
    assert pauses[1:] == sorted(pauses[1:]) and pauses[1] <= 2 and 30 <= pauses[-1] <= 61
    [standing] = journal.standings()
    assert "Input/output error" in standing.trouble and "started again" in standing.trouble
    assert ["Input/output error" in note for note in journal.notes()] == [True]
    (machine.folder / "refusal").unlink()
    machine.log(1)
    now[0] += 61
    machine.follow(journal, lambda: len(machine.lines) == 1)
    assert journal.standings()[0].trouble == ""
    journal.close()


def test_what_may_not_be_read_says_what_to_do(machine: Machine) -> None:
    (machine.folder / "refusal").write_text("No journal files were opened due to insufficient permissions.")
    journal = machine.journal(pause_s=60)
    end = time.monotonic() + PATIENCE_S
    while not journal.standings()[0].trouble and time.monotonic() < end:
        assert list(journal.poll(1000)) == []
    journal.close()
    assert "add the user to the group systemd-journal" in journal.standings()[0].trouble
    assert ["systemd-journal" in note for note in journal.notes()] == [True]


def test_what_is_no_entry_is_left_out_and_told_once(machine: Machine) -> None:
    machine.log(1)
    with (machine.folder / "entries").open("ab") as entries:
        entries.write(b'{"MESSAGE":"no cursor looks like this one","__CURSOR":"i=\\u0031"}\n')
    machine.written += 1
    machine.log(1)
    journal = machine.journal()
    machine.follow(journal, lambda: len(machine.lines) == 2)
    journal.close()
    assert machine.numbers == [0, 2]
    assert ["no entry" in note for note in journal.notes()] == [True]
