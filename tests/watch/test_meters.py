"""The host's meters are read from the kernel's files; what is not there is not known, and no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.watch.meters import Gauge


def kernel(tree: Path, **files: str) -> tuple[Path, Path]:
    for name, text in files.items():
        path = tree / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tree / "proc", tree / "sys"


def test_the_processors_share_is_what_they_worked_between_two_looks(tmp_path: Path) -> None:
    gauge = Gauge(*kernel(tmp_path, proc__stat="cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 1 1 1 1\n"))
    assert gauge.read(tmp_path).cpu is None
    kernel(tmp_path, proc__stat="cpu  160 0 65 820 55 0 0 0 0 0\n")
    assert gauge.read(tmp_path).cpu == pytest.approx(0.75)


def test_memory_disk_heat_and_battery_are_told_where_they_are_known(tmp_path: Path) -> None:
    places = kernel(
        tmp_path,
        proc__meminfo="MemTotal:       2048000 kB\nMemFree: 1 kB\nMemAvailable:   1024000 kB\n",
        proc__loadavg="1.50 1.00 0.50 2/100 77\n",
        sys__class__thermal__zone0__type="x86_pkg_temp\n",
        sys__class__thermal__zone0__temp="61500\n",
        sys__class__power_supply__BAT0__type="Battery\n",
        sys__class__power_supply__BAT0__status="Discharging\n",
        sys__class__power_supply__BAT0__capacity="42\n",
    )
    found = Gauge(*places).read(tmp_path / "not" / "made yet")
    assert (found.memory_free, found.memory, found.load, found.heat, found.charge) == (1000, 2000, 1.5, 61, 42)
    assert 0 < found.disk_free <= found.disk


@pytest.mark.parametrize("stat", ["", "cpu\n", "cpu a b c d e f\n", "intr 1 2 3 4 5 6\n"])
def test_a_host_that_tells_nothing_is_no_error(tmp_path: Path, stat: str) -> None:
    gauge = Gauge(*kernel(tmp_path, proc__stat=stat, proc__meminfo="MemAvailable: many kB\n"))
    gauge.read(tmp_path)
    found = gauge.read(tmp_path)
    assert (found.cpu, found.heat, found.charge, found.memory, found.memory_free) == (None, None, None, 0, 0)
