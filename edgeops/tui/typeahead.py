"""Keys that come faster than they are done, as a slow line or the Linux console's paste brings them: each waits for the one before.

Textual hands a key to what has the focus when the key comes. Of `/disk` in one packet all would go to the log, whose keys do
something else, instead of what `/` opens.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

Pressed = events.Key | events.Paste
_PATIENCE_S = 1.0
"""So long a key waits for something that went away in the middle of what the key before it does."""


class TypeAhead:
    """Gives each key to `press`, in the app's own turn, once what the one before it began is done."""

    def __init__(self, app: App[None], press: Callable[[Pressed], Awaitable[None]]) -> None:
        self._app, self._press = app, press
        self._waiting: deque[Pressed] = deque()
        self._turn: asyncio.Task[None] | None = None

    async def take(self, event: Pressed) -> None:
        """Press it now, if no other is in the middle of something; else after those that wait."""
        if self._turn and not self._turn.done():
            self._waiting.append(event)
            return
        path = self._path
        await self._press(event)
        self._turn = asyncio.create_task(self._feed(path))

    @property
    def _path(self) -> list[MessagePump]:
        """What a key goes through: what has the focus, all around it, the app."""
        return list((self._app.focused or self._app.screen).ancestors_with_self)

    async def _feed(self, path: list[MessagePump]) -> None:
        await self._done(path)
        while self._waiting and self._app.screen_stack:
            path = self._path
            self._app.call_later(partial(self._press, self._waiting.popleft()))
            await _reached(self._app)
            await self._done(path)

    async def _done(self, path: list[MessagePump]) -> None:
        """Each passes a key on behind what it has to do before. What the key did may move the focus, or bring another screen."""
        for node in path:
            await _reached(node)
        await _reached(self._app)
        for node in (*self._app.screen_stack[-1:], self._app):
            await _reached(node)


async def _reached(node: MessagePump) -> None:
    """When it has done all that it had to do."""
    done = asyncio.Event()
    if node.call_later(done.set):
        try:
            await asyncio.wait_for(done.wait(), _PATIENCE_S)
        except TimeoutError:
            return
