"""What is read, kept, restored and rewound in one KV cache."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.engines.prefix import PrefixStore
from edgeops.engines.session import Session, cuts_of, reusable
from edgeops.errors import EngineError
from tests.engines.parrot import Parrot

PREFIX = list(range(40))


def quiet(done: int) -> None: ...


def opened(session: Session, rest: list[int], prefix: list[int] = PREFIX) -> int:
    held = session.open(prefix, rest, quiet)
    assert session.runtime.sequence == [*prefix, *rest]  # type: ignore[attr-defined]
    return held


def test_a_prompt_is_read_in_batches_that_pause_at_the_prefix() -> None:
    assert cuts_of(20, 50, 8) == [8, 16, 20, 28, 36, 44, 50]
    assert cuts_of(16, 24, 8) == [8, 16, 24]
    assert cuts_of(0, 5, 8) == [5]
    runtime = Parrot()
    Session(runtime).open([1] * 20, [2] * 30, quiet)
    assert runtime.decodes == [8, 8, 4, 8, 8, 8, 6]


def test_progress_is_told_after_each_batch() -> None:
    told: list[int] = []
    Session(Parrot()).open([1] * 10, [2] * 10, told.append)
    assert told == [0, 8, 10, 18, 20]


def test_the_next_prompt_reads_only_what_differs() -> None:
    session = Session(Parrot())
    assert opened(session, [100] * 20) == 0
    assert opened(session, [101] * 20) == 40
    assert opened(session, [101] * 8 + [102] * 5) == 48


def test_the_same_prompt_again_reads_its_last_batch_for_the_logits() -> None:
    session = Session(Parrot())
    opened(session, [100] * 20)
    assert opened(session, [100] * 20) == 56
    session.logits()


def test_another_prefix_shares_only_whole_batches() -> None:
    session = Session(Parrot())
    opened(session, [100] * 20)
    assert opened(session, [100] * 20, prefix=[*PREFIX[:12], 7, 8]) == 8


def test_answers_are_not_taken_for_prompts() -> None:
    session = Session(Parrot())
    opened(session, [100] * 8)
    session.feed([5] * 20)
    session.logits()
    assert opened(session, [100] * 8 + [5] * 20) == 48


def test_a_prompt_that_was_cut_off_is_continued() -> None:
    class Stop(Exception): ...

    def stop(done: int) -> None:
        if done == 24:
            raise Stop

    session = Session(Parrot())
    with contextlib.suppress(Stop):
        session.open(PREFIX, [1] * 10, stop)
    assert opened(session, [1] * 10) == 24


def test_fed_tokens_are_read_only_when_logits_are_wanted() -> None:
    runtime = Parrot()
    session = Session(runtime)
    opened(session, [1])
    before = len(runtime.decodes)
    session.feed([1, 2, 3])
    assert len(runtime.decodes) == before
    assert session.position == 44
    session.logits()
    assert runtime.decodes[before:] == [3]


def test_rewinding_leaves_logits_to_be_had() -> None:
    runtime = Parrot()
    session = Session(runtime)
    opened(session, [1])
    session.feed([1, 2, 3])
    session.logits()
    session.rewind(42)
    assert session.position == 42
    session.logits()
    assert runtime.sequence == [*PREFIX, 1, 1]


def test_rewinding_what_waits_costs_nothing() -> None:
    runtime = Parrot()
    session = Session(runtime)
    opened(session, [1])
    before = len(runtime.decodes)
    session.feed([1, 2, 3])
    session.rewind(42)
    session.feed([9])
    session.logits()
    assert runtime.sequence == [*PREFIX, 1, 1, 9]
    assert len(runtime.decodes) == before + 1


def test_a_model_that_cannot_forget_reads_again() -> None:
    runtime = Parrot()
    runtime.can_forget = False
    session = Session(runtime)
    opened(session, [100] * 5)
    session.feed([1, 2, 3])
    session.logits()
    session.rewind(46)
    session.logits()
    assert runtime.sequence == [*PREFIX, *[100] * 5, 1]
    assert opened(session, [101]) == 0


def test_a_second_process_restores_the_prefix(tmp_path: Path) -> None:
    opened(Session(Parrot(), PrefixStore(tmp_path, "key")), [1] * 9)
    runtime = Parrot()
    assert opened(Session(runtime, PrefixStore(tmp_path, "key")), [2] * 9) == 40
    assert runtime.decodes == [8, 1]


def test_a_short_prefix_is_not_saved(tmp_path: Path) -> None:
    opened(Session(Parrot(), PrefixStore(tmp_path, "key")), [1] * 9, prefix=[1] * 31)
    assert list(tmp_path.iterdir()) == []


def test_a_state_that_does_not_fit_is_dropped_and_the_prefix_read(tmp_path: Path) -> None:
    store = PrefixStore(tmp_path, "key")
    store.save(PREFIX, b"[]")
    runtime = Parrot()
    assert opened(Session(runtime, store), [1]) == 0
    assert runtime.restores == 1
    assert opened(Session(Parrot(), store), [1]) == 40


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30)), min_size=1, max_size=6))
def test_reuse_never_changes_what_is_read_in_one_batch(prompts: list[tuple[int, int]]) -> None:
    """The batches behind the tokens in the cache are always those of a fresh reading."""
    session = Session(Parrot())
    held: list[list[int]] = []
    for token, size in prompts:
        rest = [token] * size
        cuts = cuts_of(10, 10 + size, 8)
        fresh = [[*[7] * 10, *rest][a:b] for a, b in zip([0, *cuts], cuts, strict=False)]
        runtime: Parrot = session.runtime  # type: ignore[assignment]
        before = len(runtime.decodes)
        kept = session.open([7] * 10, rest, quiet)
        count = next(n for n in range(len(held) + 1) if sum(map(len, held[:n])) == kept)
        assert held[:count] == fresh[:count]
        assert runtime.decodes[before:] == [len(part) for part in fresh[count:]]
        held = fresh


def test_nothing_is_reusable_from_nothing() -> None:
    assert reusable([], [], [1, 2, 3], [2, 3]) == 0


def test_after_a_failed_decode_nothing_is_built_on_the_cache() -> None:
    class Failing(Parrot):
        fails = False

        def decode(self, tokens: Sequence[int], position: int) -> None:
            super().decode(tokens, position)
            if self.fails:
                raise EngineError("The model could not read.")

    runtime = Failing()
    session = Session(runtime)
    opened(session, [1] * 9)
    runtime.fails = True
    with pytest.raises(EngineError):
        session.open(PREFIX, [2] * 9, quiet)
    runtime.fails = False
    assert opened(session, [2] * 9) == 0


class Overwritten(Parrot):
    """A model whose file was overwritten while it was in use."""

    def logits(self) -> Any:
        return np.full_like(super().logits(), np.nan)


def test_a_model_that_does_not_calculate_leaves_no_state_behind(tmp_path: Path) -> None:
    opened(Session(Overwritten(), PrefixStore(tmp_path, "key")), [1] * 9)
    assert list(tmp_path.iterdir()) == []


def test_a_spoilt_state_is_deleted_so_that_the_next_run_is_sound(tmp_path: Path) -> None:
    opened(Session(Parrot(), PrefixStore(tmp_path, "key")), [1] * 9)
    with pytest.raises(EngineError, match="deleted"):
        Session(Overwritten(), PrefixStore(tmp_path, "key")).open(PREFIX, [2] * 9, quiet)
    assert list(tmp_path.iterdir()) == []
    assert opened(Session(Parrot(), PrefixStore(tmp_path, "key")), [2] * 9) == 0
