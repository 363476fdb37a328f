"""A release carries everything that it was made from and reached, signed; parts that do not belong together are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeops.catalog.release import check_files, read_release
from edgeops.errors import EdgeopsError
from edgeops.identity import Identity, identity
from edgeops.records import Trust
from quantize.evaluate.record import Evaluation, write
from quantize.release.manifest import ReleaseError, Wish, release
from tests.quantize.measured import evaluation, sha, steps

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def key(tmp_path: Path) -> Identity:
    return identity(tmp_path / "home")


@pytest.fixture
def wish(tmp_path: Path) -> Wish:
    adapter, trained, measured, base = steps(tmp_path / "steps")
    return Wish(adapter, trained, measured, base, tmp_path / "out" / "ops-base")


def test_a_release_is_whole_signed_and_names_all_it_came_from(wish: Wish, key: Identity) -> None:
    done = release(wish, key, NOON)
    found = read_release(Path(done.folder))
    check_files(found)
    said = found.manifest
    assert (said.name, said.version) == ("ops-base", f"20260301-120000-{done.sha256[:8]}")
    assert (said.base.sha256, said.adapter.sha256) == (sha(b"GGUF base"), sha(b"GGUF adapter 1"))
    assert (said.adapter.rank, said.adapter.method, said.config["rate"]) == (8, "lora", "0.0002")
    assert said.data == {"train.jsonl": "dd" * 32, "test.jsonl": "cc" * 32}
    assert said.versions == {"edgeops": "0.1.0", "torch": "2.13.0", "peft": "1", "llama-cpp-python": "0.3.36"}
    assert said.evaluation["tuned"]["root_accuracy"].value == 0.9
    assert {"adapter.gguf", "evaluation.json", "README.md", "curve.json", "manifest.json", "manifest.sig"} == {
        file.name for file in Path(done.folder).iterdir()
    }
    assert said.trust == Trust(weight=0.7, withhold=0.6)
    assert done.signed_by == key.fingerprint


def test_the_card_is_written_from_the_manifest(wish: Wish, key: Identity) -> None:
    release(wish, key, NOON)
    card = (wish.out / "README.md").read_text("utf-8")
    assert card.startswith("# ops-base\n")
    assert "| metric | no model | base | tuned |" in card
    assert "0.600 (0.550 to 0.650; 200) | 0.900 (0.850 to 0.950; 200) |" in card
    assert "| writes, tokens/s | 40.0 | 40.0 |" in card
    assert "- 200 of 994 questions." in card and "Apache-2.0" in card
    assert sha(b"GGUF base") in card and sha(b"GGUF adapter 1") in card and "dd" * 32 in card


def test_no_path_of_the_machine_that_trained_goes_along(wish: Wish, key: Identity) -> None:
    file = wish.trained / "made.json"
    made = json.loads(file.read_text("utf-8"))
    made["wish"] |= dict.fromkeys(("start", "rounded"), "/home/eve/secret.gguf")
    file.write_text(json.dumps(made | {"start": "ee" * 32, "rounded": "ff" * 32}), "utf-8")
    release(wish, key, NOON)
    assert not [path.name for path in wish.out.iterdir() if b"/home/eve" in path.read_bytes()]
    config = read_release(wish.out).manifest.config
    assert (config["start"], config["rounded"]) == ("ee" * 32, "ff" * 32)


def test_a_mean_names_what_it_was_made_of(wish: Wish, key: Identity) -> None:
    file = wish.trained / "made.json"
    parts = [{"weights": "aa" * 32, "data": "bb" * 32, "start": "ee" * 32}, {"weights": "cc" * 32, "data": "dd" * 32}]
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {"averaged": parts}), "utf-8")
    release(wish, key, NOON)
    said = f"{'aa' * 32} of the data {'bb' * 32}; {'cc' * 32} of the data {'dd' * 32}"
    assert read_release(wish.out).manifest.config["averaged"] == said
    assert said in (wish.out / "README.md").read_text("utf-8")


def test_the_same_parts_at_the_same_time_give_the_same_bytes(wish: Wish, key: Identity, tmp_path: Path) -> None:
    import dataclasses

    release(wish, key, NOON)
    other = dataclasses.replace(wish, out=tmp_path / "again")
    release(other, key, NOON)
    for file in wish.out.iterdir():
        assert (other.out / file.name).read_bytes() == file.read_bytes()


def test_a_release_replaces_a_release_and_nothing_else(wish: Wish, key: Identity) -> None:
    first = release(wish, key, NOON)
    second = release(wish, key, NOON.replace(hour=13))
    assert first.version != second.version == read_release(wish.out).manifest.version
    for file in wish.out.iterdir():
        file.unlink()
    (wish.out / "thesis.txt").write_text("mine")
    with pytest.raises(ReleaseError, match="is no release"):
        release(wish, key, NOON)
    assert [path.name for path in wish.out.parent.iterdir()] == ["ops-base"]


def test_what_a_crash_left_beside_its_place_is_put_back(wish: Wish, key: Identity) -> None:
    release(wish, key, NOON)
    wish.out.rename(wish.out.with_name(".ops-base.old"))
    wish.adapter.write_bytes(b"no model")
    with pytest.raises(ReleaseError):
        release(wish, key, NOON)
    assert read_release(wish.out).manifest.name == "ops-base"


def test_an_adapter_for_another_base_is_refused_with_both_hashes(wish: Wish, key: Identity) -> None:
    wish.base.write_bytes(b"GGUF other")
    with pytest.raises(ReleaseError, match=f"trained on another base: base.gguf with the SHA-256 {sha(b'GGUF base')}"):
        release(wish, key, NOON)
    assert not wish.out.exists()


def test_an_evaluation_of_something_else_is_refused(wish: Wish, key: Identity) -> None:
    write(evaluation(sha(b"GGUF base"), "something+else"), wish.evaluation)
    with pytest.raises(ReleaseError, match="has no row of this base with this adapter"):
        release(wish, key, NOON)
    write(Evaluation(()), wish.evaluation)
    with pytest.raises(ReleaseError):
        release(wish, key, NOON)


@pytest.mark.parametrize("part", ["adapter", "evaluation", "base", "trained"])
def test_a_missing_part_is_one_sentence_and_leaves_nothing(wish: Wish, key: Identity, part: str) -> None:
    path: Path = getattr(wish, part)
    (path / "made.json" if part == "trained" else path).unlink()
    with pytest.raises(EdgeopsError, match=r"cannot be read|does not tell"):
        release(wish, key, NOON)
    assert not wish.out.parent.exists() or list(wish.out.parent.iterdir()) == []


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"base": 1, "base_sha256": 1, "data": 1, "wish": {}})])
def test_a_broken_made_json_is_one_sentence(wish: Wish, key: Identity, content: str) -> None:
    (wish.trained / "made.json").write_text(content)
    with pytest.raises(ReleaseError, match="does not tell what the adapter was trained from"):
        release(wish, key, NOON)


def test_an_adapter_that_is_no_gguf_is_refused(wish: Wish, key: Identity) -> None:
    wish.adapter.write_bytes(b"safetensors")
    with pytest.raises(ReleaseError, match="is no GGUF file"):
        release(wish, key, NOON)
