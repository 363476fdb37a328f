"""The process that looks through files: what it finds, and that nothing can hang it for long."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeops.errors import SourceError
from edgeops.view import wire
from edgeops.view.file import File
from edgeops.view.lens import Lens
from edgeops.view.query import Phrase, Query
from edgeops.view.scout import Nursery, Scout

Open = Callable[..., tuple[File, Lens]]


@pytest.fixture
def scout(nursery: Nursery) -> Scout:
    return Scout(nursery)


def test_it_finds_lines_in_a_file_that_it_was_handed(scout: Scout, opened: Open) -> None:
    file, _ = opened(b"one\ntwo\nthree\n")
    query = Query((Phrase("t"),))
    assert scout.ask(wire.Next(id(file), query, 0, file.size), file).place == 4
    assert scout.ask(wire.Next(id(file), query, 8, 0, back=True), file).place == 4
    (slab,) = scout.ask(wire.Slabs(id(file), query, [0]), file).slabs
    assert list(memoryview(slab).cast("I")) == [4, 8]
    assert scout.ask(wire.Tallies(id(file), [0], patterns=True), file).tallies[0].lines == 3


def test_it_sees_a_file_that_has_no_name_any_more_and_what_was_added(
    scout: Scout, opened: Open, tmp_path: Path
) -> None:
    file, _ = opened(b"one\n")
    scout.ask(wire.Tallies(id(file), [0]), file)
    with (tmp_path / "app.log").open("ab") as end:
        end.write(b"zwei\n")
    (tmp_path / "app.log").unlink()
    assert scout.ask(wire.Next(id(file), Query((Phrase("zwei"),)), 0, 9), file).place == 4


def test_an_expression_that_never_ends_is_stopped_and_the_next_question_is_answered(scout: Scout) -> None:
    begin = time.monotonic()
    with pytest.raises(SourceError, match="simpler"):
        scout.ask(wire.Spans(Phrase("(a+)+$", regex=True), [b"a" * 50 + b"b"]), patience_s=0.3)
    assert time.monotonic() - begin < 2
    assert scout.ask(wire.Spans(Phrase("a+", regex=True), [b"xaa"])).spans == [[(1, 3)]]


def test_what_cannot_be_done_is_a_sentence_and_the_process_lives_on(scout: Scout) -> None:
    with pytest.raises(SourceError, match="no regular expression"):
        scout.ask(wire.Spans(Phrase("(", regex=True), [b"a"]))
    assert scout.ask(wire.Spans(Phrase("("), [b"a("])).spans == [[(1, 2)]]


def test_a_process_that_is_killed_is_replaced(scout: Scout) -> None:
    scout.ask(wire.Spans(Phrase("a"), [b"a"]))
    os.kill(scout._pid, 9)
    with pytest.raises(SourceError):
        scout.ask(wire.Spans(Phrase("a"), [b"a"]))
    assert scout.ask(wire.Spans(Phrase("a"), [b"a"])).spans == [[(0, 1)]]


def test_all_of_them_end_when_the_nursery_is_closed(scout: Scout, nursery: Nursery) -> None:
    scout.ask(wire.Spans(Phrase("a"), [b"a"]))
    pid = scout._pid
    nursery.close()
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists():
            break
        time.sleep(0.01)
    assert not Path(f"/proc/{pid}").exists()
