"""Items in batches: in a fresh order each epoch, the same for the same seed, those of like length together."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

# torch, transformers: see base.
import torch
from transformers import DynamicCache

from quantize.train.encoding import Encoded

_NEIGHBOURS = 16
"""Batches whose items are sorted by length among themselves: less padding, and still a mixed order."""
_OPENING = 64
"""Tokens by which the system parts of prompts differ at the latest."""

_APART = 200
"""So many tokens could be read in the time that a part takes whatever its size."""


@dataclass(frozen=True)
class Batch:
    """The tokens that all items begin with, and what follows, padded; one entry for each (place, next token): rows and places
    say where in what follows, next what, weights how much."""

    shared: torch.Tensor
    tokens: torch.Tensor
    mask: torch.Tensor
    rows: torch.Tensor
    places: torch.Tensor
    entries: torch.Tensor
    next: torch.Tensor
    weights: torch.Tensor
    items: int
    size: int


def ordered(items: Sequence[Encoded], batch: int, epoch: int, seed: int, lean: int = 1) -> list[list[Encoded]]:
    """The batches of an epoch. lean: of the items with words to write one in so many, others in the next epoch; all choices."""
    dice = random.Random(f"{seed}/{epoch}")
    written = [item for item in items if item.written]
    turns = random.Random(seed).sample(written, len(written))[epoch % lean :: lean]
    taken = [item for item in items if not item.written] + turns if lean > 1 else list(items)
    mixed = dice.sample(taken, len(taken))
    chunks = [mixed[at : at + batch * _NEIGHBOURS] for at in range(0, len(mixed), batch * _NEIGHBOURS)]
    near = [item for chunk in chunks for item in alike(chunk)]
    batches = [near[at : at + batch] for at in range(0, len(near), batch)]
    return dice.sample(batches, len(batches))


def alike(items: Sequence[Encoded]) -> list[Encoded]:
    """Those with the same beginning together, which is read once for a batch, and then those of like length."""
    return sorted(items, key=lambda one: (one.tokens[:_OPENING], len(one.tokens)))


def parts(items: Sequence[Encoded], device: str, share: bool = True) -> Iterator[Batch]:
    """A batch as tensors, cut where reading it in parts takes less: among others that begin otherwise, each item is read from its first token."""
    for part in _parted(items) if share else [items]:
        yield padded(part, device, share)


def _parted(items: Sequence[Encoded]) -> list[Sequence[Encoded]]:
    """Neighbours together, so that the fewest tokens are read."""
    best: list[tuple[int, list[Sequence[Encoded]]]] = [(0, [])]
    for end in range(1, len(items) + 1):
        ways = ((best[at][0] + _read(items[at:end]), at) for at in range(end))
        cost, at = min(ways)
        best.append((cost, [*best[at][1], items[at:end]]))
    return best[-1][1]


def _read(items: Sequence[Encoded]) -> int:
    """What reading them as one takes, in tokens."""
    start = _common(items)
    return _APART + start + len(items) * (max(len(item.tokens) for item in items) - start)


def padded(items: Sequence[Encoded], device: str, share: bool = True) -> Batch:
    """The items as tensors; the padding is masked and nothing is learnt there. share: what all begin with is kept apart."""
    start = _common(items) if share else 0
    longest = max(len(item.tokens) for item in items)
    tokens = torch.zeros(len(items), longest - start, dtype=torch.long)
    mask = torch.zeros(len(items), longest, dtype=torch.long)
    places: list[tuple[int, int]] = []
    following: list[tuple[int, int, float]] = []
    for row, item in enumerate(items):
        tokens[row, : len(item.tokens) - start] = torch.tensor(item.tokens[start:])
        mask[row, : len(item.tokens)] = 1
        for target in item.targets:
            following += [(len(places), token, share * target.weight) for token, share in target.next]
            places.append((row, target.place - start))
    rows, columns = torch.tensor(places, dtype=torch.long).T
    entries, after, weights = zip(*following, strict=True)
    return Batch(
        torch.tensor([items[0].tokens[:start]], dtype=torch.long, device=device),
        tokens.to(device), mask.to(device), rows.to(device), columns.to(device),
        torch.tensor(entries, device=device), torch.tensor(after, device=device), torch.tensor(weights, device=device),
        len(items), int(mask.sum()),
    )  # fmt: skip


def _common(items: Sequence[Encoded]) -> int:
    """How many tokens all items begin with, up to the first that is learnt from."""
    first, last = min(item.tokens for item in items), max(item.tokens for item in items)
    most = min(item.targets[0].place for item in items)
    return next((at for at in range(most) if first[at] != last[at]), most)


def loss_of(model: Any, batch: Batch) -> torch.Tensor:
    """The summed loss of a batch's slots. Logits are computed at the answers' places only: a vocabulary is a quarter of the work."""
    # A model without an adapter is its own base.
    whole = model.get_base_model() if hasattr(model, "get_base_model") else model
    hidden = _hidden(model, whole, batch)
    logits = whole.lm_head(hidden[batch.rows, batch.places]).float()
    told = torch.log_softmax(logits, dim=-1)[batch.entries, batch.next]
    return -(told * batch.weights).sum()


def mean_loss(model: Any, items: Sequence[Encoded], together: int, device: str, share: bool = True) -> float:
    """The mean loss an item, so many read together. Nothing is learnt."""
    with torch.no_grad():
        groups = (items[at : at + together] for at in range(0, len(items), together))
        return sum(float(loss_of(model, one)) for group in groups for one in parts(group, device, share)) / len(items)


def _hidden(model: Any, whole: Any, batch: Batch) -> torch.Tensor:
    """What the last layer gives at each of the batch's tokens; tokens that are learnt stand before them.

    What the items share is read once; its keys and values are part of the graph, so the gradient is that of reading it in each.
    """
    if model is whole or not model.active_peft_config.is_prompt_learning:
        cache = None
        if batch.shared.numel():
            cache = DynamicCache()
            whole.model(input_ids=batch.shared, past_key_values=cache, use_cache=True)
            cache.batch_repeat_interleave(batch.items)
        found: torch.Tensor = whole.model(
            input_ids=batch.tokens, attention_mask=batch.mask, past_key_values=cache, use_cache=cache is not None
        ).last_hidden_state
        return found
    words = whole.get_input_embeddings()(batch.tokens)
    learnt = model.get_prompt(batch_size=batch.items).to(words.dtype)
    mask = torch.cat([batch.mask.new_ones(learnt.shape[:2]), batch.mask], dim=1)
    after = whole.model(inputs_embeds=torch.cat([learnt, words], dim=1), attention_mask=mask).last_hidden_state
    return after[:, learnt.shape[1] :]
