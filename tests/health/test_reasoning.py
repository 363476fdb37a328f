"""The model, its runtime and sandbox, the embedder: each says what is missing and how to get it."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from edgeops.catalog.store import Shelf, stamp_of
from edgeops.errors import KnowledgeError
from edgeops.health import reasoning
from edgeops.records import Model, Purpose

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
BYTES = b"GGUF" + b"x" * 60
TINY = Model("tiny-1b", "tiny.gguf", len(BYTES), sha256(BYTES).hexdigest(), "MIT", "qwen2", 900)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path, [TINY])
    (tmp_path / TINY.file).write_bytes(BYTES)
    shelf.record(TINY, tmp_path / TINY.file, stamp_of((tmp_path / TINY.file).stat()), NOW)
    return shelf


def test_a_verified_model_that_fits_is_well(shelf: Shelf) -> None:
    found = reasoning.model(shelf, "", 2000)
    assert (found.ok, "tiny-1b, verified on 2026-03-01" in found.detail) == (True, True)


def test_without_a_model_the_way_to_one_is_said(tmp_path: Path) -> None:
    found = reasoning.model(Shelf(tmp_path, [TINY]), "", 2000)
    assert (found.ok, "edgeops model pull" in found.fix) == (False, True)
    named = reasoning.model(Shelf(tmp_path, [TINY]), "tiny", 2000)
    assert (named.ok, "tiny-1b is not on this machine" in named.detail) == (False, True)


def test_too_little_memory_is_told_with_both_numbers(shelf: Shelf) -> None:
    assert "500 MiB" in reasoning.model(shelf, "", 500).detail
    shelf.use("tiny-1b")
    assert reasoning.model(shelf, "", 500).detail == "tiny-1b needs 900 MiB of memory, and 500 MiB are free."


def test_a_changed_file_is_not_verified_and_a_wrong_one_is_found_by_its_hash(shelf: Shelf) -> None:
    assert reasoning.hashes(shelf, NOW).ok
    file = shelf.folder / TINY.file
    file.write_bytes(BYTES[:-1] + b"y")
    assert reasoning.model(shelf, "", 2000).fix == "edgeops model verify tiny-1b"
    found = reasoning.hashes(shelf, NOW)
    assert (found.ok, "damaged" in found.detail) == (False, True)


def test_the_runtime_is_looked_for_and_not_loaded() -> None:
    loaded = "llama_cpp" in sys.modules
    assert reasoning.runtime(lambda name: None).ok is False
    assert reasoning.runtime(lambda name: object()).ok
    assert ("llama_cpp" in sys.modules) is loaded


def test_the_sandbox_is_tried_in_a_process_of_its_own() -> None:
    from edgeops.engines.sandbox import sealed

    assert reasoning.sandbox().ok
    assert not sealed()
    assert not reasoning.sandbox(allowed=True).ok


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import sys; sys.exit('No filter here. Use a kernel with seccomp.')", "No filter here."),
        ("import os; os.abort()", "status -6"),
    ],
)
def test_a_sandbox_that_cannot_be_had_says_why(program: str, words: str) -> None:
    found = reasoning.sandbox((sys.executable, "-I", "-c", program))
    assert not found.ok
    assert words in found.detail
    assert not reasoning.sandbox(("/no/such/program",)).ok


def test_the_embedder_is_asked_for_a_sentence() -> None:
    class Broken:
        name, size = "broken", 4

        def embed(self, texts: Any) -> Any:
            raise KnowledgeError("The weights are gone. Reinstall edgeops.")

    assert reasoning.embedder(None).ok is False
    found = reasoning.embedder(Broken())
    assert (found.detail, found.fix) == ("The weights are gone.", "Reinstall edgeops.")


def test_a_model_for_tests_is_none_that_answers(shelf: Shelf) -> None:
    other = Shelf(shelf.folder, [replace(TINY, purpose=Purpose.TESTS)])
    assert reasoning.model(other, "", 2000).detail.startswith("No model is here")
