"""The dataset as a whole: the same bytes each time, resumable, its splits apart, its card true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edgeops.errors import StoreError
from edgeops.knowledge.entry import Draft, Kind, Origin
from edgeops.knowledge.starter import read_folder
from edgeops.knowledge.store import Store
from quantize.cli import run
from quantize.data.making import DataError, Wish, make
from tests.quantize.test_data_collecting import NOON, taught

SCENES = 30
SPLITS = ("train", "validation", "test")


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines()]


def test_a_dataset_from_beginning_to_end(tmp_path: Path) -> None:
    said: list[str] = []
    first = make(Wish(tmp_path / "one", SCENES), said.append)
    assert first.parts_kept == 0 and sum(first.items.values()) > SCENES
    assert any("train" in sentence for sentence in said)

    # The same wish gives the same bytes, whether anew or after a run that was cut off.
    next((tmp_path / "one" / "parts").glob("test-0*.jsonl")).unlink()
    again = make(Wish(tmp_path / "one", SCENES))
    assert (again.sha256, again.parts_kept) == (first.sha256, first.parts - 1)

    train, test = rows(tmp_path / "one", "train"), rows(tmp_path / "one", "test")
    assert len(train) == first.items["train"]
    families = {split: {row["family"] for row in rows(tmp_path / "one", split)} for split in SPLITS}
    assert not families["train"] & families["test"] and not families["train"] & families["validation"]
    _nothing_for_judging_is_trained_on(train, test)
    _rows_are_whole([*train, *test])

    card = json.loads((tmp_path / "one" / "card.json").read_text("utf-8"))
    assert card["splits"]["train"]["items"] == len(train)
    assert card["files"] == first.sha256
    assert sum(card["rejected"].values()) == first.rejected
    page = (tmp_path / "one" / "README.md").read_text("utf-8")
    assert first.sha256["train.jsonl"] in page and f"| items | {len(train)} |" in page
    review = rows(tmp_path / "one", "review")
    assert len(review) == first.review and all(row["why"] for row in review)


def _nothing_for_judging_is_trained_on(train: list[dict[str, Any]], test: list[dict[str, Any]]) -> None:
    judged = {row["family"] for row in test}
    titles = [fault.title for fault in read_folder().faults if fault.family in judged]
    assert titles
    for row in train:
        lines = row["messages"][1]["content"].splitlines()
        assert not [line for line in lines if line.partition("] ")[2] in titles]


def _rows_are_whole(found: list[dict[str, Any]]) -> None:
    for row in found:
        assert [message["role"] for message in row["messages"]] == ["system", "user"]
        for part in row["answer"]:
            if "choose" in part:
                assert set(part["right"]) <= set(part["options"])
                assert part["right"] or row["abstain"]
            elif "write" in part:
                assert part["text"].strip() and "\n" not in part["text"]
        assert row["provenance"].partition(":")[0] in ("staged", "pack")
        assert row["lang"] in ("en", "zh")


def test_another_seed_gives_another_dataset_and_old_parts_are_not_used(tmp_path: Path) -> None:
    one = make(Wish(tmp_path, 2, seed=1))
    two = make(Wish(tmp_path, 2, seed=2))
    assert one.sha256 != two.sha256 and two.parts_kept == 0


def test_the_command_prints_its_report_and_says_how_far_it_is(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["data", str(tmp_path / "d"), "--scenes", "2"]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out)["items"]["train"] > 0
    assert "train: 1 of 1 scenes" in err


def test_what_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="ask for at least one"):
        make(Wish(tmp_path, 0))
    with pytest.raises(DataError, match="There is no store at"):
        make(Wish(tmp_path, 2, store=tmp_path / "none.db"))
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match="cannot be written"):
        make(Wish(tmp_path / "file", 2))
    (tmp_path / "bad.db").write_text("no store at all, but a text " * 400)
    with pytest.raises(StoreError):
        make(Wish(tmp_path / "d", 2, store=tmp_path / "bad.db"))
    assert not (tmp_path / "d" / "train.jsonl").exists()


def test_more_scenes_take_what_is_there_already(tmp_path: Path) -> None:
    make(Wish(tmp_path, 3))
    more = make(Wish(tmp_path, 5))
    # The questions about the pack of the three splits, and the scenes of those that did not grow.
    assert 3 <= more.parts_kept < more.parts == 6


def test_what_a_store_was_taught_is_taken_in(tmp_path: Path) -> None:
    taught(tmp_path / "s.db")
    body = "Drain the node before you stop it. Wait until the ring is quiet again."
    with Store(tmp_path / "s.db") as store:
        store.entries.put(Draft(Kind.RUNBOOK, "Ring › Stop a node", body, Origin("ann"), id="aa"), NOON)
    done = make(Wish(tmp_path / "d", 1, store=tmp_path / "s.db"))
    found = [row for split in SPLITS for row in rows(tmp_path / "d", split)]
    sources = {row["provenance"].partition(":")[0] for row in found}
    assert {"incident", "runbook"} <= sources
    own = {row["family"] for row in found if row["provenance"].startswith("incident")}
    assert len(own) == 1 and own.pop().startswith("site/")
    assert json.loads((tmp_path / "d" / "card.json").read_text("utf-8"))["store"] is True
    assert done.items.keys() == {"train", "validation", "test"}
