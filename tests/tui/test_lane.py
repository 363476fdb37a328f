"""A lane: one thread, one thing after the other, nothing begun that nobody waits for."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

import pytest

from edgeops.errors import StoreError
from edgeops.tui.lane import Lane


def test_everything_is_done_in_one_thread_in_order_and_failures_come_back() -> None:
    async def act() -> None:
        lane, done = Lane("test"), list[int]()

        def fail() -> None:
            raise StoreError("It is gone.")

        def job(at: int) -> int:
            done.append(at)
            return threading.get_ident()

        threads = await asyncio.gather(*(lane.do(partial(job, at)) for at in range(9)))
        assert done == list(range(9))
        assert len(set(threads)) == 1
        assert threads[0] != threading.get_ident()
        with pytest.raises(StoreError, match="It is gone"):
            await lane.do(fail)
        last = threading.Event()
        lane.end(last.set)
        assert await asyncio.to_thread(last.wait, 5)

    asyncio.run(act())


def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    async def act() -> None:
        lane, go, done = Lane("test"), threading.Event(), list[str]()
        first = asyncio.ensure_future(lane.do(go.wait))
        await asyncio.sleep(0.02)
        given_up = asyncio.ensure_future(lane.do(lambda: done.append("never")))
        await asyncio.sleep(0.02)
        given_up.cancel()
        await asyncio.sleep(0.02)
        go.set()
        await first
        await lane.do(lambda: done.append("next"))
        assert done == ["next"]
        lane.end(done.clear)

    asyncio.run(act())
