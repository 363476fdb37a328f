"""Whether an adapter and a base go together, and what comes of the two; read from their structure alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edgeops.engines.weights import layout
from edgeops.engines.weights.layout import F16, Layout, Tensor, packed, size_of_file
from edgeops.errors import ModelUnfit

SUPPORTED = ("llama", "qwen2")
BASE_KEY = "edgeops.base.sha256"
BUILT_KEYS = ("edgeops.built.base", "edgeops.built.adapter")
A, B = ".lora_a", ".lora_b"


@dataclass(frozen=True, slots=True)
class Plan:
    """A base and an adapter that fit, and the tensors of what comes of them."""

    base: Layout
    adapter: Layout
    keys: Mapping[str, bytes]
    tensors: tuple[Tensor, ...]
    touched: frozenset[str]
    alpha: float

    @property
    def bytes(self) -> int:
        """Bytes of the folded file."""
        return size_of_file(self.keys, self.tensors)


def plan(base: Path, adapter: Path, base_sha256: str, marks: Mapping[str, str]) -> Plan:
    """What folding will do; marks are texts to keep in the file. Raises ModelUnfit where the two do not go together."""
    below, above = layout.read(base), layout.read(adapter)
    if below.architecture not in SUPPORTED:
        raise ModelUnfit(
            f"{base} is of the architecture {below.architecture or 'unknown'!r}; adapters are folded into {' and '.join(SUPPORTED)}."
        )
    if above.text("general.type") != "adapter" or above.text("adapter.type") != "lora":
        raise ModelUnfit(f"{adapter} is no LoRA adapter; name the adapter.gguf that `edgeops-quantize gguf` wrote.")
    made_for = above.text(BASE_KEY)
    if made_for and made_for != base_sha256:
        raise ModelUnfit(
            f"The adapter {adapter.name} was made for a base with the SHA-256 {made_for}, and {base.name} has {base_sha256}; "
            "take the base that it was made for, or another adapter."
        )
    touched = _touched(below, above, base.name)
    tensors = tuple(Tensor(t.name, t.shape, F16 if t.name in touched else t.type) for t in below.tensors.values())
    keys = {**below.keys, **{name: packed(value) for name, value in marks.items()}}
    alpha = above.get("adapter.lora.alpha")
    return Plan(below, above, keys, tensors, touched, float(alpha) if isinstance(alpha, float) else 0.0)


def _touched(base: Layout, adapter: Layout, name: str) -> frozenset[str]:
    """The tensors that the adapter changes. Raises ModelUnfit when one is not there or of another shape."""
    found = {one.removesuffix(A).removesuffix(B) for one in adapter.tensors}
    for one in found:
        target, left, right = (part.get(key) for part, key in _pair(base, adapter, one))
        if target is None or left is None or right is None:
            raise ModelUnfit(
                f"The adapter has {one}, which {name} has not, or half of it; it was made for another base."
            )
        if left.shape[::-1] != (right.shape[0], target.shape[0]) or right.shape[1] != target.shape[1]:
            raise ModelUnfit(f"The adapter's {one} does not fit that of {name}; it was made for another base.")
    return frozenset(found)


def _pair(base: Layout, adapter: Layout, name: str) -> tuple[tuple[Mapping[str, Tensor], str], ...]:
    return (base.tensors, name), (adapter.tensors, name + A), (adapter.tensors, name + B)
