from __future__ import annotations

import io
import json

import pytest

from edgeops.cli.console import UNWRAPPED, Console, Progress, bar, open_console
from edgeops.text import width


def console(**how: bool) -> Console:
    return Console(out=io.StringIO(), err=io.StringIO(), **how)  # type: ignore[arg-type]


def written(stream: object) -> str:
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def test_data_goes_out_shown_and_notes_go_to_stderr() -> None:
    desk = console()
    desk.say("a\x1b[2Jb")
    desk.note("n\u202eote")
    assert written(desk.out) == "a␛[2Jb\n"
    assert written(desk.err) == "n⟦U+202E⟧ote\n"


def test_json_is_ascii_where_the_terminal_is() -> None:
    wide, narrow = console(), console(ascii_only=True)
    for desk in (wide, narrow):
        desk.json({"text": "内存\x1b"})
        assert json.loads(written(desk.out)) == {"text": "内存\x1b"}
    assert "内存" in written(wide.out)
    assert written(narrow.out).isascii()


def test_a_pipe_gets_plain_unwrapped_text(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = open_console({"TERM": "xterm"})
    assert (desk.columns, desk.colour, desk.live) == (UNWRAPPED, False, False)
    assert open_console({"COLUMNS": "72"}).columns == 72
    assert open_console({"COLUMNS": "wide"}).columns == UNWRAPPED


class Screen(io.StringIO):
    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "colour"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({}, False)],
)
def test_colour_is_for_terminals_that_want_it(
    environ: dict[str, str], colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", Screen())
    assert open_console(environ).colour is colour


def test_a_terminal_of_another_encoding_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    assert open_console({}).ascii_only


def test_progress_is_drawn_only_on_a_terminal_and_wiped_away() -> None:
    now = [0.0]
    quiet, live = console(), console(live=True)
    for desk in (quiet, live):
        with Progress(desk, "pull\x1b", "B", clock=lambda: now[0]) as step:
            step(0, 100 << 20)
            step(1 << 20, 100 << 20)
            now[0] += 5
            step(50 << 20, 100 << 20)
    assert written(quiet.err) == ""
    drawn = written(live.err)
    assert drawn.count("\r") == 3  # the second state came too soon after the first
    assert "50/100 MiB  5 s left" in drawn
    assert drawn.endswith("\r\x1b[K")
    assert "pull␛" in drawn


@pytest.mark.parametrize("columns", [200, 80, 60, 40, 24, 12, 6, 1])
def test_a_bar_fits_any_terminal_and_leaves_out_the_least_important_first(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Progress, "_room", lambda self: columns)
    desk, now = console(live=True), [0.0]
    with Progress(desk, "", "B", clock=lambda: now[0]) as step:
        now[0] += 10
        step(30 << 20, 100 << 20, "reading 3/12 /var/log/日志/nginx\x1b/access.log", "512,000 lines/s")
    drawn = written(desk.err).split("\x1b[K")[0].removeprefix("\r")
    assert width(drawn) < max(columns, 1) or not drawn
    assert ("512,000 lines/s" in drawn) == (columns >= 60)
    assert ("23 s left" in drawn) == (columns >= 40)
    assert (" 30%" in drawn) == (columns >= 6)
    assert drawn.startswith("reading 3/12"[: max(0, columns - 12)])


def test_a_bar_is_drawn_ten_times_a_second_at_most() -> None:
    desk, now = console(live=True), [0.0]
    with Progress(desk, "", clock=lambda: now[0]) as step:
        for at in range(1000):
            now[0] += 0.001
            step(at, 1000)
    assert written(desk.err).count("\r") <= 12


def test_the_bar_says_how_much_is_left() -> None:
    assert bar(25, 100, "", 10) == "[######                  ]  25%  25/100  30 s left"
    assert bar(7, 0, "files", 1) == "7 files"
    assert bar(3 << 20, 0, "B", 1) == "3 MiB"
    assert bar(1, 100, "", 2).endswith("3 min 18 s left")
    assert bar(5, 4, "", 9).startswith("[########################] 100%")
