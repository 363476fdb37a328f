"""Which model is loaded follows from what was asked for, what is active and how much memory there really is."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from edgeops.catalog.choose import active, choose, memory_available_mb
from edgeops.catalog.store import Shelf, stamp_of
from edgeops.errors import CatalogError, HashMismatch
from edgeops.records import Installed, Purpose
from tests.catalog.tiny import NOON, Ears, make_model, noon


def some(name: str, memory_mb: int, purpose: Purpose = Purpose.ANSWERS) -> Installed:
    return Installed(make_model(name.encode(), name, memory_mb=memory_mb, purpose=purpose), f"/models/{name}", NOON)


SMALL, LARGE, TOY = some("small", 800), some("large", 1600), some("toy", 200, Purpose.TESTS)


@pytest.mark.parametrize(
    ("memory", "chosen"), [(8000, LARGE), (1600, LARGE), (1599, SMALL), (800, SMALL), (799, None), (0, None)]
)
def test_the_largest_model_that_fits_is_chosen(memory: int, chosen: Installed | None) -> None:
    assert choose((TOY, SMALL, LARGE), memory) == chosen


def test_what_was_taught_to_read_incidents_goes_before_a_larger_plain_model() -> None:
    assert choose((SMALL, LARGE), 8000, {SMALL.model.sha256}) == SMALL
    assert choose((SMALL, LARGE), 8000, {SMALL.model.sha256, LARGE.model.sha256}) == LARGE
    folded = replace(SMALL, model=replace(SMALL.model, adapter_sha256="ab"))
    assert choose((folded, LARGE), 8000) == folded
    assert choose((SMALL, LARGE), 8000, {"of another base"}) == LARGE
    assert choose((TOY, LARGE), 8000, {TOY.model.sha256}) == LARGE


def test_nothing_installed_means_no_model() -> None:
    assert choose((), 8000) is None


# ------------------------------------------------------------------ the model to load


def stock(shelf: Shelf, *names: str) -> Shelf:
    shelf.folder.mkdir()
    for name in names:
        path = shelf.folder / f"{name}.gguf"
        path.write_bytes(name.encode())
        model = make_model(name.encode(), name, memory_mb=100 * len(name))
        shelf.record(model, path, stamp_of(path.stat()), NOON)
    return shelf


def load(shelf: Shelf, ears: Ears, wanted: str = "", memory: int = 8000) -> Installed | None:
    return active(shelf, wanted, lambda: memory, noon, ears.say)


def test_asked_goes_before_active_and_active_before_chosen(shelf: Shelf, ears: Ears) -> None:
    stock(shelf, "one", "three", "seventeen")
    assert [one.model.name for one in [load(shelf, ears)] if one] == ["seventeen"]
    shelf.use("three")
    assert [one.model.name for one in [load(shelf, ears)] if one] == ["three"]
    assert [one.model.name for one in [load(shelf, ears, "one")] if one] == ["one"]
    assert ears.said == []


def test_an_active_model_is_loaded_even_where_memory_is_short(shelf: Shelf, ears: Ears) -> None:
    stock(shelf, "three").use("three")
    assert load(shelf, ears, memory=1) is not None


def test_no_model_is_a_value_not_an_error(shelf: Shelf, ears: Ears) -> None:
    assert load(shelf, ears) is None
    assert load(stock(shelf, "three"), ears, memory=1) is None


def test_an_active_model_that_is_gone_is_said(shelf: Shelf, ears: Ears) -> None:
    stock(shelf, "one", "tiny").use("tiny")
    (shelf.folder / "tiny.gguf").unlink()
    with pytest.raises(CatalogError, match="tiny is not on this machine"):
        load(shelf, ears)


def test_a_touched_file_is_hashed_again_once_and_said(shelf: Shelf, ears: Ears) -> None:
    stock(shelf, "three")
    os.utime(shelf.folder / "three.gguf", (0, 0))
    assert load(shelf, ears) == load(shelf, ears)
    assert ears.said == ["three has not been verified since its file changed; checking it."]


def test_a_swapped_file_is_refused_before_it_is_loaded(shelf: Shelf, ears: Ears) -> None:
    stock(shelf, "three")
    (shelf.folder / "three.gguf").write_bytes(b"EVIL!")
    with pytest.raises(HashMismatch, match="three is damaged"):
        load(shelf, ears)
    assert load(shelf, ears) is None


# ------------------------------------------------------------------ memory

MEMINFO = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8192000 kB\n"


def kernel(root: Path, groups: str, files: dict[str, str]) -> tuple[Path, Path]:
    """A /proc and a /sys/fs/cgroup below root."""
    proc, cgroups = root / "proc", root / "cgroup"
    (proc / "self").mkdir(parents=True)
    (proc / "meminfo").write_text(MEMINFO)
    (proc / "self/cgroup").write_text(groups)
    for name, text in files.items():
        (cgroups / name).parent.mkdir(parents=True, exist_ok=True)
        (cgroups / name).write_text(text)
    return proc, cgroups


def mib(number: int) -> str:
    return f"{number << 20}\n"


def test_without_limits_the_kernels_number_counts(tmp_path: Path) -> None:
    assert memory_available_mb(*kernel(tmp_path, "0::/user.slice\n", {"user.slice/memory.max": "max\n"})) == 8000


def test_the_tightest_group_on_the_way_up_counts_and_cache_in_it_is_free(tmp_path: Path) -> None:
    files = {
        "a/memory.max": mib(1000), "a/memory.current": mib(700), "a/memory.stat": f"anon 5\ninactive_file {100 << 20}\n",
        "a/b/memory.max": mib(5000), "a/b/memory.current": mib(10),
    }  # fmt: skip
    assert memory_available_mb(*kernel(tmp_path, "0::/a/b\n", files)) == 400


def test_the_older_kind_of_group_is_read_too(tmp_path: Path) -> None:
    files = {
        "memory/docker/memory.limit_in_bytes": mib(600), "memory/docker/memory.usage_in_bytes": mib(100),
        "memory/docker/memory.stat": f"total_inactive_file {50 << 20}\n",
        "memory/memory.limit_in_bytes": "9223372036854771712\n", "memory/memory.usage_in_bytes": mib(100),
    }  # fmt: skip
    assert memory_available_mb(*kernel(tmp_path, "5:cpu:/x\n3:cpuacct,memory:/docker\n", files)) == 550


def test_a_group_over_its_limit_leaves_nothing(tmp_path: Path) -> None:
    files = {"memory.max": mib(100), "memory.current": mib(101)}
    assert memory_available_mb(*kernel(tmp_path, "0::/\n", files)) == 0


def test_a_kernel_that_tells_nothing_means_nothing_is_chosen(tmp_path: Path) -> None:
    assert memory_available_mb(tmp_path, tmp_path) == 0


def test_this_machine_has_some_memory() -> None:
    assert memory_available_mb() > 100
