"""The table of phrases: the same holes in both languages, and none that nobody says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edgeops.tui.phrases import TABLE, Phrases

ROOM = Path(__file__).parents[2] / "edgeops/tui"


@pytest.mark.parametrize("name", TABLE)
def test_a_phrase_has_the_same_holes_in_both_languages(name: str) -> None:
    english, chinese = (set(re.findall(r"\{(\w+)", text)) for text in TABLE[name])
    assert english == chinese
    assert all(TABLE[name])


def test_every_phrase_is_said_somewhere() -> None:
    text = "".join(
        path.read_text("utf-8")
        for path in ROOM.rglob("*.py")
        if not path.name.endswith("phrases.py") and "tongue" not in path.name
    )
    said = set(re.findall(r"[\"'](\w+)[\"']", text)) | {"read_risk", "modify_risk", "dangerous_risk"}
    said |= {
        "known",
        "reasoned",
        "insufficient",
        "known_is",
        "reasoned_is",
        "insufficient_is",
        "open",
        "explained",
        "resolved",
    }
    said |= {"shrank", "replaced", "vanished"}
    said |= {"fault_kind", "incident_kind", "note_kind", "runbook_kind", "title_label", "text_label"}
    assert set(TABLE) - said == set()


def test_what_is_filled_in_is_not_taken_for_a_hole() -> None:
    assert Phrases("en")("not_found", what="{what} {0.__class__}") == "Not found: {what} {0.__class__}"
