"""Into service only signed, whole and through the gate; whatever is refused leaves the active model untouched."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeops.catalog.adapters import Rack
from edgeops.errors import CatalogError, HashMismatch
from edgeops.identity import identity
from quantize.evaluate.record import write
from quantize.release.manifest import ReleaseError, Wish, release
from quantize.release.shelf import Promoted, promote
from tests.quantize.measured import evaluation, row, sha, steps

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BASE = sha(b"GGUF base")


def loaded(number: int) -> str:
    return f"{BASE}+{sha(f'GGUF adapter {number}'.encode())}"


class Site:
    """A machine with its key and its adapters in service."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = identity(folder / "home")
        (folder / "shipped").mkdir()
        self.rack = Rack(folder / "home" / "models" / "ops", folder / "shipped")
        self.said: list[str] = []

    def release(self, number: int, seen: tuple[int, ...] = (), **changes: float) -> Path:
        """A release of adapter number, in whose evaluation those in seen were measured too."""
        adapter, trained, measured, base = steps(self.folder / f"steps-{number}", number, **changes)
        others = [row(f"active {one}", loaded(one)) for one in seen]
        write(evaluation(BASE, loaded(number), *others, **changes), measured)
        out = self.folder / f"release-{number}"
        release(Wish(adapter, trained, measured, base, out, "ops-base"), self.key, NOON.replace(minute=number))
        return out

    def promote(self, folder: Path, **options: str) -> Promoted:
        return promote(folder, self.rack, self.key.fingerprint, NOON, self.said.append, **options)

    @property
    def active(self) -> str:
        return next((one.sha256 for one in self.rack.adapters(self.said.append)), "")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_better_adapter_is_promoted_and_the_next_is_compared_with_it(site: Site) -> None:
    first = site.promote(site.release(1))
    assert first.promoted and first.before == "" and first.verdict.against == "base"
    second = site.promote(site.release(2, seen=(1,), root_accuracy=0.95))
    assert second.promoted and second.before == first.version and second.verdict.against == "active 1"
    assert site.active == loaded(2).partition("+")[2]


def test_a_worse_one_is_refused_and_the_active_one_stays(site: Site) -> None:
    site.promote(site.release(1))
    worse = site.promote(site.release(2, seen=(1,), root_accuracy=0.3))
    assert not worse.promoted
    assert worse.verdict.reasons[0].startswith("root_accuracy would be 0.300 and is 0.600 now")
    assert site.active == loaded(1).partition("+")[2]
    assert len(site.rack.history("ops-base").entries) == 1


def test_the_record_of_then_counts_where_the_data_are_the_same(site: Site) -> None:
    site.promote(site.release(1))
    assert not site.promote(site.release(2)).promoted, "0.9 is not better than 0.9"
    assert site.promote(site.release(3, root_accuracy=0.97)).promoted


def test_what_was_tampered_with_is_refused(site: Site) -> None:
    folder = site.release(1)
    (folder / "adapter.gguf").write_bytes(b"GGUF evil")
    with pytest.raises(HashMismatch):
        site.promote(folder)
    other = site.release(2)
    (other / "evaluation.json").write_bytes((other / "evaluation.json").read_bytes() + b" ")
    with pytest.raises(HashMismatch):
        site.promote(other)
    assert site.active == ""


def test_what_is_unsigned_is_refused(site: Site, tmp_path: Path) -> None:
    folder = site.release(1)
    (folder / "manifest.sig").unlink()
    with pytest.raises(CatalogError):
        site.promote(folder)
    with pytest.raises(CatalogError):
        site.promote(tmp_path)
    assert site.active == ""


def test_a_strangers_release_needs_a_person_who_accepts_the_key(site: Site, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    other = Site(tmp_path / "elsewhere")
    folder = other.release(1)
    with pytest.raises(ReleaseError, match=f"--accept {other.key.fingerprint}"):
        site.promote(folder)
    assert site.active == ""
    assert site.promote(folder, stranger=other.key.fingerprint).promoted


def test_an_active_one_without_its_record_must_be_measured_again(site: Site) -> None:
    site.promote(site.release(1))
    (Path(next(iter(site.rack.adapters(print))).path).parent / "evaluation.json").unlink()
    refused = site.promote(site.release(2, root_accuracy=0.97))
    assert not refused.promoted and "evaluate both in one run" in refused.verdict.reasons[0]
    assert site.promote(site.release(3, seen=(1,), root_accuracy=0.97)).promoted
