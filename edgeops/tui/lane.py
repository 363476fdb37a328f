"""A thread of its own in which one thing is done after the other: what only one thread may touch, as SQLite's connections, lives there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from textual.dom import DOMNode

T = TypeVar("T")


class Lane:
    """Begun when it is first needed."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def do(self, job: Callable[[], T]) -> T:
        """What the job gives, or raises. A job whose waiting is cancelled is not begun any more."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, job)

    def end(self, last: Callable[[], object]) -> None:
        """After what goes on, do this and no more; nobody waits for it."""
        self._pool.submit(last)
        self._pool.shutdown(wait=False)


def begin(node: DOMNode, group: str, do: Callable[[], Coroutine[Any, Any, None]], *, instead: bool = False) -> None:
    """Have a screen wait for what a lane gives, while keys are answered. instead: what it waits for in that group is given up."""
    # Textual's type is narrower than what it takes. A coroutine instead of what makes one would warn when it is given up unbegun.
    node.run_worker(cast(Any, do), group=group, exclusive=instead)
