"""The lock of a set that stands on another holds only what it adds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
_ENTRY = "{name}==1.0 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n"


@pytest.fixture
def lock(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(CHECKOUT / "packaging"))
    import lock

    return lock


def entries(*names: str) -> str:
    return "".join(_ENTRY.format(name=name) for name in names)


def test_what_the_set_below_has_and_what_torch_brings_is_left_out(lock: Any) -> None:
    whole = "# head\n" + entries("numpy", "nvidia-cublas", "peft", "torch", "transformers", "triton")
    assert lock._added(whole, entries("numpy")) == entries("peft", "transformers")


def test_the_locks_agree_with_each_other(lock: Any) -> None:
    held = {name: lock._ENTRY.findall((CHECKOUT / "requirements" / name).read_text("utf-8")) for name in lock.SETS}
    assert set(held["run.txt"]) <= set(held["dev.txt"])
    assert not set(held["train.txt"]) & set(held["dev.txt"])
    assert {"peft", "transformers"} <= set(held["train.txt"])
