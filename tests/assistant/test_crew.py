"""Processes that work at once: their results are those of one process, and whatever ends one of them ends nothing else."""

from __future__ import annotations

import gc
import os
import pickle
import platform
import random
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edgeops.assistant import crew
from edgeops.assistant.crew import Crew, Heard, Lost, alone, possible
from edgeops.records import Severity, Skipped

Born = Callable[[], list[int]]


def nothing(taken: int, lines: int) -> None:
    pass


def spelt(task: str, heard: Heard) -> Iterator[Skipped]:
    for letter in task:
        time.sleep(random.random() / 500)
        heard(10, 1)
        yield Skipped(task, letter)


def worked(tasks: list[str], size: int) -> list[tuple[int, int, Skipped | Lost]]:
    with Crew(tasks, spelt, size, nothing) as at_work:
        return sorted(at_work.results(range(len(tasks))), key=lambda result: result[:2])


@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_results_are_those_of_one_process(size: int, born: Born) -> None:
    tasks = ["alpha", "", "be", "gamma" * 20, "d"]
    assert worked(tasks, size) == list(alone(tasks, spelt, nothing))
    assert born() == []


@pytest.mark.parametrize("run", [lambda: worked(["ab", "c"], 2), lambda: list(alone(["ab", "c"], spelt, nothing))])
def test_the_search_for_garbage_is_left_as_it_was(run: Callable[[], object]) -> None:
    before = gc.get_threshold(), gc.get_freeze_count()
    run()
    assert (gc.get_threshold(), gc.get_freeze_count()) == before


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep memory as they see fit")
def test_memory_let_go_of_is_kept_for_the_next_block() -> None:
    def blocks(task: int, heard: Heard) -> Iterator[int]:
        for _ in range(task):
            _ = [bytes([1]) * (1 << 20) for _ in range(5)]
        yield resource.getrusage(resource.RUSAGE_SELF).ru_minflt

    (_, _, warm), (_, _, after) = alone([5, 50], blocks, nothing)
    assert after - warm < 50 * 5 * (1 << 20) // resource.getpagesize() / 10


def test_tasks_are_begun_in_the_order_that_is_asked_for() -> None:
    def stamped(task: int, heard: Heard) -> Iterator[Skipped]:
        yield Skipped(str(time.monotonic_ns()), "")

    with Crew([0, 1, 2, 3], stamped, 1, nothing) as at_work:
        done = {
            task: int(result.source)
            for task, _, result in at_work.results([2, 0, 3, 1])
            if not isinstance(result, Lost)
        }
    assert sorted(done, key=lambda task: done[task]) == [2, 0, 3, 1]


def test_what_is_read_is_heard_of_to_the_last_byte() -> None:
    heard = [0, 0]

    def hear(taken: int, lines: int) -> None:
        heard[0] += taken
        heard[1] += lines

    with Crew(["alpha", "beta"], spelt, 2, hear) as at_work:
        list(at_work.results([0, 1]))
    assert heard == [90, 9]


def test_a_large_result_comes_whole() -> None:
    def large(task: int, heard: Heard) -> Iterator[Skipped]:
        yield Skipped("x" * task, "\udcff\0")

    with Crew([5_000_000, 3], large, 2, nothing) as at_work:
        results = sorted(at_work.results([0, 1]))
    assert [result for *_, result in results] == [Skipped("x" * 5_000_000, "\udcff\0"), Skipped("xxx", "\udcff\0")]


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_is_killed_costs_its_task(kind: signal.Signals, born: Born) -> None:
    def deadly(task: str, heard: Heard) -> Iterator[Skipped]:
        yield Skipped(task, "begun")
        if task == "deadly":
            os.kill(os.getpid(), kind)
        yield Skipped(task, "done")

    tasks = ["a", "deadly", "b", "deadly", "c"]
    with Crew(tasks, deadly, 2, nothing) as at_work:
        results = sorted(at_work.results(range(5)), key=lambda result: result[:2])
    ends = [result for *_, result in results if not (isinstance(result, Skipped) and result.reason == "begun")]
    assert ends == [Skipped("a", "done"), Lost(-kind), Skipped("b", "done"), Lost(-kind), Skipped("c", "done")]
    assert born() == []


def test_what_raises_in_a_worker_raises_here_and_leaves_nobody_behind(born: Born) -> None:
    def broken(task: int, heard: Heard) -> Iterator[Skipped]:
        yield Skipped("before", "")
        if task == 1:
            raise ZeroDivisionError("here")

    with pytest.raises(ZeroDivisionError, match="here"), Crew([0, 1, 2], broken, 2, nothing) as at_work:
        list(at_work.results([0, 1, 2]))
    assert born() == []


def test_what_raised_only_in_the_worker_is_done_again_without_saying_anything_twice() -> None:
    here = os.getpid()

    def poor(task: int, heard: Heard) -> Iterator[Skipped]:
        yield Skipped("first", "")
        if os.getpid() != here:
            raise MemoryError
        yield Skipped("second", "")

    with Crew([0], poor, 1, nothing) as at_work:
        assert [result for *_, result in at_work.results([0])] == [Skipped("first", ""), Skipped("second", "")]


def test_ctrl_c_ends_all_of_them_at_once(born: Born) -> None:
    def endless(task: int, heard: Heard) -> Iterator[Skipped]:
        yield Skipped("begun", "")
        time.sleep(60)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), Crew([0, 1], endless, 2, nothing) as at_work:
        for _ in at_work.results([0, 1]):
            if len(born()) == 2:
                signal.raise_signal(signal.SIGINT)
    assert time.monotonic() - began < 5
    assert born() == []


def test_workers_do_not_heed_ctrl_c_themselves() -> None:
    def pressed(task: int, heard: Heard) -> Iterator[Skipped]:
        os.kill(os.getpid(), signal.SIGINT)
        yield Skipped("still here", "")

    with Crew([0], pressed, 1, nothing) as at_work:
        assert [result for *_, result in at_work.results([0])] == [Skipped("still here", "")]


def test_nobody_waiting_for_children_is_no_trouble() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert len(worked(["ab", "c"], 2)) == 3
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_a_process_with_threads_is_not_forked() -> None:
    others = threading.active_count() - 1
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    assert not possible()
    ended.set()
    thread.join()
    assert possible() == (others == 0)


@pytest.mark.parametrize(
    "hostile",
    [b"cos\nsystem\n(S'true'\ntR.", b"cedgeops.session\nos.getcwd\n(tR.", b"cedgeops.session\nUsageError\n(tR.",
     b"cbuiltins\neval\n(S'1'\ntR.", b"cedgeops.text\nshow\n(S'x'\ntR.",
     b"cbuiltins\ngetattr\n(cedgeops.records\nLine\nS'__init__'\ntR.", b"cbuiltins\ngetattr\n(cedgeops.records\nSeverity\nS'mro'\ntR."],
)  # fmt: skip
def test_only_records_are_taken_in(hostile: bytes, tmp_path: Path) -> None:
    path = tmp_path / "frame"
    path.write_bytes(hostile)
    with path.open("rb") as file, pytest.raises(pickle.UnpicklingError):
        crew._Loader(file).load()


def test_members_of_an_enumeration_are_taken_in_as_any_python_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "frame"
    path.write_bytes(b"cbuiltins\ngetattr\n(cedgeops.records\nSeverity\nS'ERROR'\ntR.")
    with path.open("rb") as file:
        assert crew._Loader(file).load() is Severity.ERROR
