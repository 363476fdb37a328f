from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def progress(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "packaging"))
    import progress

    return progress


def say(text: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"]


def test_a_step_of_ninja_is_told_by_its_file(progress: Any) -> None:
    told = progress._told_by_ninja
    assert told("  [7/83] /usr/bin/g++ -O3 -o a/b/ops.cpp.o -c /x/ggml/src/ops.cpp\n") == "[ 7/83] compiling ops.cpp"
    assert (
        told("  [82/83] : && /usr/bin/g++ -shared -o bin/libllama.so.0.5.0 a.o && :\n")
        == "[82/83] linking libllama.so.0.5.0"
    )
    assert told("  [83/83] cmake -E cmake_symlink_library x y\n") == "[83/83]"
    assert told("  -- Installing: x\n") == ""


def test_what_pip_does_is_told(progress: Any) -> None:
    told = progress._told_by_pip
    assert told("Progress 33554432 of 76589250\n") == "32/73 MB"
    assert told("Progress 10 of 100\n") == ""
    assert told("Collecting numpy==2.4.6 (from -r x)\n") == "collecting numpy==2.4.6"
    assert told("Installing collected packages: a, b\n") == "installing packages a,"
    assert told("Successfully installed a\n") == ""


def test_progress_is_a_line_now_and_then_where_there_is_no_terminal(
    progress: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_QUIET_S", 0.0)
    with progress.Steps(tmp_path / "log", total=1) as steps:
        steps.begin("packages")
        steps.pip(say("Collecting a\nCollecting b"))
    told = capfd.readouterr().err
    assert told.startswith("1/1 packages\n  collecting a  (0 s)\n  collecting b  (0 s)\nReady after")
    assert "\r" not in told and "\x1b" not in told
    assert "Collecting a" in (tmp_path / "log").read_text("utf-8")


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "not the one that was locked"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("c++: fatal error: Killed signal terminated program cc1plus", "ran out of memory"),
        ("NameResolutionError: Temporary failure in name resolution", "is this machine connected"),
        ("ERROR: No matching distribution found for x", "is this machine connected"),
        ("CMake Error: No CMAKE_CXX_COMPILER could be found", "install gcc and g++"),
        ("ops.cpp:1: error: expected ';'", "The step 'x' failed: ops.cpp:1: error: expected ';'."),
        ("nothing said", "The step 'x' failed."),
    ],
)
def test_a_failure_is_a_sentence_with_the_way_to_the_log(
    progress: Any, tmp_path: Path, printed: str, sentence: str
) -> None:
    with progress.Steps(tmp_path / "log", total=1) as steps:
        steps.begin("x")
        steps.pip(say("THE DISK OF AN EARLIER COMMAND: No space left on device"))
        with pytest.raises(progress.Failed) as failure:
            steps.compile(say(printed, code=1))
    assert sentence in str(failure.value)
    assert str(tmp_path / "log") in str(failure.value)
