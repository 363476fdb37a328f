"""The engine in front of a child process that fails in every way it can (no model is needed)."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeops.engines.llama import STRIKES, LlamaEngine
from edgeops.engines.settings import EngineSettings
from edgeops.errors import ContextOverflow, EngineError, EngineLost, EngineOff, EngineTimeout, ModelUnfit, UsageError
from edgeops.records import Choose, Chosen, Finished, Piece, Progress, Say, Script, Write, Written

FAULTY = [sys.executable, str(Path(__file__).with_name("faulty.py"))]


def script(user: str = "good") -> Script:
    return Script("system", user, (Say("Root: "), Choose("root", ("a", "b")), Say("\n"), Write("text", max_tokens=8)))


class Bench:
    """An engine with a faulty child, and what it did."""

    def __init__(self, folder: Path, how: str = "normal", timeout_s: float = 20.0) -> None:
        self.folder = folder
        self.slept: list[float] = []
        settings = EngineSettings(name="faulty", path="/dev/null", cache=str(folder), timeout_s=timeout_s)
        self.engine = LlamaEngine(settings, [*FAULTY, how], sleep=self.slept.append)

    @property
    def starts(self) -> int:
        marks = self.folder / "starts"
        return len(marks.read_text().split()) if marks.exists() else 0


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.engine.close()


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Bench]:
    """As bench, but with little patience for silence."""
    made = Bench(tmp_path, timeout_s=1.5)
    yield made
    made.engine.close()


def gone(pid: int, orphan: bool = False) -> bool:
    """Whether the process has ended and was reaped; when an orphan is, is up to the init of the machine."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if orphan and state == "Z":
            return True
        time.sleep(0.02)
    return False


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_script_is_answered_by_a_child_that_stays(bench: Bench) -> None:
    for _ in range(3):
        replies = list(bench.engine.run(script()))
        kinds = [type(reply) for reply in replies if not isinstance(reply, Piece)]
        assert kinds == [Progress, Progress, Chosen, Written, Finished]
    assert bench.starts == 1


def test_nothing_is_started_before_the_first_run(bench: Bench) -> None:
    assert bench.engine.pid is None
    bench.engine.run(script())
    assert bench.starts == 0


def test_loading_is_timed_once(bench: Bench) -> None:
    first, second = (list(bench.engine.run(script()))[-1] for _ in range(2))
    assert isinstance(first, Finished) and isinstance(second, Finished)
    assert first.timings.load_s > 0 == second.timings.load_s
    assert first.timings.total_s >= first.timings.load_s


def test_a_dead_child_is_lost_with_its_signal_and_last_words(bench: Bench) -> None:
    with pytest.raises(EngineLost, match=r"SIGSEGV.*terrible words.*Try again") as caught:
        list(bench.engine.run(script("dies")))
    assert "\x1b" not in str(caught.value)


def test_a_child_that_exits_is_lost_with_its_code(bench: Bench) -> None:
    with pytest.raises(EngineLost, match="exit code 3"):
        list(bench.engine.run(script("exits")))


def test_a_child_that_closes_its_mouth_is_killed(bench: Bench) -> None:
    run = bench.engine.run(script("closes"))
    next(run)
    pid = bench.engine.pid
    with pytest.raises(EngineLost):
        list(run)
    assert pid and gone(pid)


@pytest.mark.parametrize("how", ["hangs", "hangs-shouting"])
def test_silence_is_noticed_and_ended(how: str, hasty: Bench) -> None:
    run = hasty.engine.run(script(how))
    next(run)
    pid = hasty.engine.pid
    with pytest.raises(EngineTimeout, match=r"silent for 1\.5 s"):
        list(run)
    assert pid and gone(pid)


@pytest.mark.parametrize(
    "how", ["garbage", "text", "endless-frame", "endless-progress", "endless-pieces", "skips", "invents", "ahead"]
)
def test_a_child_that_babbles_is_stopped(how: str, bench: Bench) -> None:
    list(bench.engine.run(script()))
    pid = bench.engine.pid
    with pytest.raises(EngineLost):
        list(bench.engine.run(script(how)))
    assert pid and gone(pid)
    assert bench.starts == 1


def test_slow_loading_is_no_silence(tmp_path: Path) -> None:
    slow = Bench(tmp_path, "slow-loading", timeout_s=0.7)
    assert isinstance(list(slow.engine.run(script()))[-1], Finished)
    slow.engine.close()


def test_the_next_run_after_a_loss_has_a_new_child(bench: Bench) -> None:
    with pytest.raises(EngineLost):
        list(bench.engine.run(script("dies")))
    assert isinstance(list(bench.engine.run(script()))[-1], Finished)
    assert bench.starts == 2


def test_a_child_killed_between_runs_is_replaced_without_a_strike(bench: Bench) -> None:
    for _ in range(STRIKES + 2):
        list(bench.engine.run(script()))
        pid = bench.engine.pid
        assert pid
        os.kill(pid, 9)
        assert gone(pid)
    assert bench.starts == STRIKES + 2
    assert bench.slept == []


def test_three_strikes_and_it_is_off(bench: Bench) -> None:
    for _ in range(STRIKES):
        with pytest.raises(EngineLost):
            list(bench.engine.run(script("dies")))
    with pytest.raises(EngineOff, match=r"3 times in a row.*SIGSEGV"):
        list(bench.engine.run(script()))
    assert bench.starts == STRIKES


def test_restarts_wait_longer_each_time(bench: Bench) -> None:
    for _ in range(STRIKES):
        with pytest.raises(EngineLost):
            list(bench.engine.run(script("dies")))
    first, second = bench.slept
    assert 0.3 < first <= 0.5 < 0.8 < second <= 1.0


def test_a_good_answer_clears_the_strikes(bench: Bench) -> None:
    for user in ("dies", "exits", "good", "dies", "exits", "good"):
        try:
            list(bench.engine.run(script(user)))
        except EngineLost:
            assert user != "good"
    assert isinstance(list(bench.engine.run(script()))[-1], Finished)


def test_a_model_that_kills_the_child_while_loading_counts_as_strikes(tmp_path: Path) -> None:
    broken = Bench(tmp_path, "dies-loading")
    for _ in range(STRIKES):
        with pytest.raises(EngineLost, match="SIGABRT"):
            list(broken.engine.run(script()))
    with pytest.raises(EngineOff):
        list(broken.engine.run(script()))


def test_an_unfit_model_is_said_and_not_loaded_again(tmp_path: Path) -> None:
    unfit = Bench(tmp_path, "unfit")
    for _ in range(2):
        with pytest.raises(ModelUnfit, match="teapot"):
            list(unfit.engine.run(script()))
    assert unfit.engine.pid is None


def test_a_refused_script_leaves_the_child_alive_and_is_no_strike(bench: Bench) -> None:
    for _ in range(STRIKES + 1):
        with pytest.raises(ContextOverflow) as caught:
            list(bench.engine.run(script("overflow")))
        assert (caught.value.needed, caught.value.room) == (5000, 4096)
        with pytest.raises(EngineError, match="grammar"):
            list(bench.engine.run(script("unreadable")))
    assert isinstance(list(bench.engine.run(script()))[-1], Finished)
    assert bench.starts == 1


def test_a_senseless_script_is_refused_before_a_child_is_started(bench: Bench) -> None:
    with pytest.raises(UsageError, match="no options"):
        list(bench.engine.run(Script("s", "u", (Choose("c", ()),))))
    assert bench.starts == 0


def test_a_script_that_is_larger_than_any_context_is_refused(bench: Bench) -> None:
    with pytest.raises(UsageError, match="larger than any context"):
        list(bench.engine.run(script("x" * (9 << 20))))
    assert isinstance(list(bench.engine.run(script()))[-1], Finished)


def test_a_large_script_goes_through_the_pipe(bench: Bench) -> None:
    big = Script("s" * (1 << 20), "good", script().answer)
    assert isinstance(list(bench.engine.run(big))[-1], Finished)


def test_a_file_name_that_is_no_text_does_no_harm(bench: Bench) -> None:
    odd = Script("system \udcff", "good", script().answer)
    assert isinstance(list(bench.engine.run(odd))[-1], Finished)


def test_closing_the_iterator_cancels_and_the_child_goes_on(bench: Bench) -> None:
    run = bench.engine.run(script("slow"))
    while not isinstance(next(run), Chosen):
        pass
    begun = time.monotonic()
    run.close()  # type: ignore[attr-defined]
    assert time.monotonic() - begun < 0.2
    replies = list(bench.engine.run(script()))
    assert replies[0] == Progress(0, 10), "nothing of the cancelled run comes through"
    assert isinstance(replies[-1], Finished)
    assert bench.starts == 1


def test_cancelling_a_child_that_hangs_ends_with_the_next_runs_patience(hasty: Bench) -> None:
    run = hasty.engine.run(script("hangs"))
    next(run)
    run.close()  # type: ignore[attr-defined]
    with pytest.raises(EngineTimeout):
        list(hasty.engine.run(script()))
    assert isinstance(list(hasty.engine.run(script()))[-1], Finished)


def test_one_run_at_a_time(bench: Bench) -> None:
    first = bench.engine.run(script("slow"))
    next(first)
    with pytest.raises(EngineError, match="already answering"):
        next(bench.engine.run(script()))
    assert isinstance(list(first)[-1], Finished)
    assert isinstance(list(bench.engine.run(script()))[-1], Finished)


def test_the_child_outlives_the_thread_that_asked(bench: Bench) -> None:
    """The kernel ties a child to the thread that started it."""
    thread = threading.Thread(target=lambda: list(bench.engine.run(script())))
    thread.start()
    thread.join()
    list(bench.engine.run(script()))
    assert bench.starts == 1


def test_closing_leaves_no_process_and_no_descriptor(tmp_path: Path) -> None:
    before = descriptors()
    for user in ("good", "dies", "garbage", "good"):
        bench = Bench(tmp_path)
        with contextlib.suppress(EngineLost):
            list(bench.engine.run(script(user)))
        pid = bench.engine.pid
        bench.engine.close()
        assert pid is None or gone(pid)
    assert descriptors() == before


def test_a_forgotten_engine_takes_its_child_along(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    list(bench.engine.run(script()))
    pid = bench.engine.pid
    del bench
    assert pid and gone(pid)


@pytest.mark.parametrize("how", ["return", "os._exit(0)", "os.kill(os.getpid(), 9)", "raise KeyboardInterrupt"])
def test_the_child_never_outlives_the_parent(how: str, tmp_path: Path) -> None:
    program = f"""
import os, sys
sys.path[:0] = {[str(Path(__file__).parents[2])]!r}
from tests.engines.test_llama import *
def main():
    bench = Bench(Path({str(tmp_path)!r}))
    run = bench.engine.run(script("slow"))
    next(run)
    print(bench.engine.pid, flush=True)
    {how}
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert gone(int(done.stdout), orphan=True), done.stderr


def test_a_program_that_is_not_there_is_said(tmp_path: Path) -> None:
    engine = LlamaEngine(EngineSettings(path="x", cache=str(tmp_path)), ["/no/such/python"])
    with pytest.raises(EngineLost, match="could not be started"):
        list(engine.run(script()))


def test_the_terminal_sees_nothing_of_the_child(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(EngineLost):
        list(bench.engine.run(script("dies")))
    assert capfd.readouterr() == ("", "")


def test_many_open_files_do_not_hinder(bench: Bench) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2000:
        pytest.skip("this machine allows no 2,000 descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        assert isinstance(list(bench.engine.run(script()))[-1], Finished)
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
