"""How much memory training will take, said before it is taken."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edgeops.catalog.choose import memory_available_mb
from quantize.train.base import size_of
from quantize.train.wish import TrainError, Wish

_MB = 1 << 20
_OVERHEAD_MB = 700
"""Python, torch and its threads."""
_ANSWER_TOKENS = 120
_STATES = 20
"""Bytes an adapter's weight takes: itself, its exact value, its gradient and two moments, in float32."""
_SHARED = 230
"""Tokens that all items of a batch begin with, at the least, as long as the prompts are ours."""

# glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
_USUAL = {_TRIM_THRESHOLD: 128 << 10, _MMAP_MAX: 65536}


@contextmanager
def kept() -> Iterator[None]:
    """What a tensor gives back is there for the next one. Else glibc returns large blocks to the kernel at once and gets them anew
    page by page, which takes a quarter of a step's time. Afterwards what is free goes back; other C libraries go on as ever."""
    libc = ctypes.CDLL(None)
    if not (hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim")):
        yield
        return
    libc.mallopt(_TRIM_THRESHOLD, -1)
    libc.mallopt(_MMAP_MAX, 0)
    try:
        yield
    finally:
        for name, value in _USUAL.items():
            libc.mallopt(name, value)
        libc.malloc_trim(0)


def needed_mb(config: Any, wish: Wish, width: int) -> int:
    """About how many MiB training takes at its highest. width: bytes of a weight."""
    weights = size_of(config)
    loading = weights * (4 + width) if wish.base.is_file() else weights * 2 * width
    twice = weights * width if wish.rounded else 0
    hidden, inner = config.hidden_size, config.intermediate_size
    # Only what comes after the first adapter is kept for the way back.
    learning = blocks_of(config, wish)
    shared = 0 if wish.checkpointing else min(_SHARED, wish.most_tokens - 1)
    tokens = wish.batch * (wish.most_tokens - shared) + shared
    # An adapter keeps what its layer reads, too.
    kept = hidden if wish.checkpointing else 22 * hidden + 7 * inner
    adapter = learnt(config, wish) * _STATES
    answers = wish.batch * _ANSWER_TOKENS * config.vocab_size * 4 * 3
    training = weights * width + tokens * learning * kept * width + adapter + answers
    return int((twice + max(loading, training)) / _MB) + _OVERHEAD_MB


def blocks_of(config: Any, wish: Wish) -> int:
    """How many blocks get an adapter."""
    return min(wish.blocks or config.num_hidden_layers, int(config.num_hidden_layers))


def learnt(config: Any, wish: Wish) -> int:
    """About how many weights the adapter has."""
    hidden, inner = config.hidden_size, config.intermediate_size
    return int(2 * wish.rank * blocks_of(config, wish) * (4 * hidden + 3 * (hidden + inner)))


def judge(config: Any, wish: Wish, width: int, available: int | None = None) -> tuple[int, int]:
    """What is needed and what is free, in MiB. Raises TrainError where it is too little."""
    needed = needed_mb(config, wish, width)
    free = memory_available_mb(Path("/proc")) if available is None else available
    if free and needed > free:
        way = "a smaller --batch" if wish.checkpointing else "--checkpointing or a smaller --batch"
        raise TrainError(f"Training needs about {needed} MiB of memory and {free} are free; try {way}.")
    return needed, free
