"""Nothing of a release is believed before its signature and its hashes are right."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.catalog.release import check_files, read_release
from edgeops.errors import CatalogError, HashMismatch
from edgeops.records import Model
from tests.catalog.releases import Maker


@pytest.fixture
def maker(tmp_path: Path, model: Model) -> Maker:
    return Maker(tmp_path, model)


def test_a_signed_release_is_read_and_names_what_an_engine_loads(maker: Maker, model: Model) -> None:
    release = read_release(maker.release())
    check_files(release)
    assert release.manifest.base.sha256 == model.sha256
    assert release.manifest.loaded == f"{model.sha256}+{release.manifest.adapter.sha256}"
    assert release.file.read_bytes() == b"GGUF adapter 1"


def test_a_changed_manifest_is_refused(maker: Maker) -> None:
    folder = maker.release()
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"rank":16', b'"rank":17'))
    with pytest.raises(HashMismatch, match=r"signature of .* is wrong"):
        read_release(folder)


def test_a_manifest_under_another_ones_signature_is_refused(maker: Maker) -> None:
    one, two = maker.release(1), maker.release(2)
    (two / "manifest.sig").write_bytes((one / "manifest.sig").read_bytes())
    with pytest.raises(HashMismatch, match="signature"):
        read_release(two)


@pytest.mark.parametrize("missing", ["manifest.json", "manifest.sig"])
def test_an_unsigned_release_is_refused(maker: Maker, missing: str) -> None:
    folder = maker.release()
    (folder / missing).unlink()
    with pytest.raises(CatalogError, match="cannot be read"):
        read_release(folder)


@pytest.mark.parametrize(
    "changes", [{"name": "../up"}, {"version": "a/b"}, {"version": ".."}, {"files": {"/etc/passwd": "0"}}]
)
def test_names_that_lead_elsewhere_are_refused_though_signed(maker: Maker, changes: dict[str, object]) -> None:
    with pytest.raises(CatalogError, match="names what cannot be"):
        read_release(maker.release(**changes))


def test_another_format_says_what_to_do(maker: Maker) -> None:
    with pytest.raises(CatalogError, match="has format 9"):
        read_release(maker.release(format=9))


@pytest.mark.parametrize("content", [b"", b"[]", b'{"format": 1}', b"\xff\xfe", b"x" * (5 << 20)])
def test_what_is_no_manifest_is_one_sentence(maker: Maker, content: bytes) -> None:
    folder = maker.release()
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(CatalogError):
        read_release(folder)


@pytest.mark.parametrize("file", ["adapter.gguf", "README.md"])
def test_a_changed_file_is_refused_with_both_hashes(maker: Maker, file: str) -> None:
    folder = maker.release()
    (folder / file).write_bytes(b"other")
    with pytest.raises(HashMismatch, match=r"SHA-256 \w{64}, but its manifest says \w{64}"):
        check_files(read_release(folder))


def test_a_missing_file_and_one_too_many_are_refused(maker: Maker) -> None:
    one, two = maker.release(1), maker.release(2)
    (one / "adapter.gguf").unlink()
    (two / "stowaway").write_bytes(b"x")
    with pytest.raises(CatalogError, match="cannot be read"):
        check_files(read_release(one))
    with pytest.raises(CatalogError, match="holds stowaway"):
        check_files(read_release(two))
