"""onnxruntime's side of a model: a cache that grows and one that is written in place behave alike."""

from __future__ import annotations

import importlib.util
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edgeops.errors import EngineError, ModelUnfit
from tests.engines.tiny_onnx import CONTEXT, SIZE, growing, in_place, logits

if TYPE_CHECKING:
    from edgeops.engines.network import Network

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("onnxruntime") is None, reason="onnxruntime is not installed (extra `onnx`)"
)
TOKENS = [int(n) for n in np.random.default_rng(1).integers(0, SIZE, 60)]


def opened(path: Path, context: int = 64) -> Network:
    from edgeops.engines.network import Network

    return Network(str(path), "tiny", 1, context)


@pytest.fixture(params=[growing, in_place], ids=["growing", "in place"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "model.onnx").write_bytes(request.param())
    return tmp_path / "model.onnx"


@pytest.mark.parametrize("cuts", [(0, 60), (0, 7, 8, 9, 40, 60), tuple(range(61))])
def test_the_cuts_of_a_prompt_change_nothing(model: Path, cuts: tuple[int, ...]) -> None:
    network = opened(model)
    for start, end in pairwise(cuts):
        network.decode(TOKENS[start:end], start)
    assert network.logits() == pytest.approx(logits(TOKENS), abs=1e-3)


def test_what_is_forgotten_leaves_no_trace(model: Path) -> None:
    network = opened(model)
    network.decode(TOKENS, 0)
    assert network.forget(20)
    network.decode([5, 6], 20)
    assert network.logits() == pytest.approx(logits([*TOKENS[:20], 5, 6]), abs=1e-3)
    assert network.forget(0)
    network.decode([9], 0)
    assert network.logits() == pytest.approx(logits([9]), abs=1e-3)


def test_a_state_goes_on_in_another_process_of_the_same_model(model: Path) -> None:
    first, second = opened(model), opened(model)
    first.decode(TOKENS[:40], 0)
    state = first.state()
    assert second.restore(state)
    assert second.state() == state
    second.decode(TOKENS[40:], 40)
    assert second.logits() == pytest.approx(logits(TOKENS), abs=1e-3)


def test_a_state_that_does_not_fit_is_refused_and_the_cache_is_empty(model: Path) -> None:
    network = opened(model)
    network.decode(TOKENS[:40], 0)
    state = network.state()
    for wrong in (b"", state[:-1], state * 2):
        assert not network.restore(wrong)
        assert network.state() == b""
    network.decode(TOKENS, 0)
    assert network.logits() == pytest.approx(logits(TOKENS), abs=1e-3)


def test_more_than_the_cache_holds_is_refused(model: Path) -> None:
    network = opened(model)
    network.decode(TOKENS, 0)
    with pytest.raises(EngineError, match="room for 64 tokens, and 65 were read"):
        network.decode(TOKENS[:5], 60)


def test_what_onnxruntime_refuses_is_a_sentence(model: Path) -> None:
    network = opened(model, CONTEXT)
    with pytest.raises(EngineError, match="could not read 1 tokens at 0"):
        network.decode([SIZE + 5], 0)


def test_a_cache_of_another_type_is_refused(model: Path) -> None:
    # The past's type is field 1 of its tensor type: 1 is float, 7 int64.
    content = model.read_bytes()
    at = content.index(b"past_key_values.0.key\x12") + len(b"past_key_values.0.key")
    where = content.index(b"\x08\x01", at)
    model.write_bytes(content[:where] + b"\x08\x07" + content[where + 2 :])
    with pytest.raises(ModelUnfit, match="tiny"):
        opened(model)
