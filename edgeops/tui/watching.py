"""How the app watches: it sees the watch of its store, whoever runs it, and can run one itself."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from edgeops import paths
from edgeops.tui import messages
from edgeops.tui.stocking import Stocking

if TYPE_CHECKING:
    from edgeops.tui.lookout import Look, Lookout, Ours
    from edgeops.tui.screens.watch import WatchScreen
    from edgeops.tui.watcher import Frame, Pulse

MOST_TOLD = 50


class Watching(Stocking):
    """ours is the watch that runs in the app; pulse what it told last of itself; watch_told its sentences, the latest last."""

    ours: Ours | None = None
    pulse: Pulse | None = None
    look: Look | None = None
    _lookout: Lookout | None = None

    @property
    def watch_told(self) -> deque[str]:
        """Sentences of the watch that runs in the app."""
        told: deque[str] = self.__dict__.setdefault("_watch_told", deque(maxlen=MOST_TOLD))
        return told

    @property
    def watch_screen(self) -> WatchScreen | None:
        """The watch, if it is looked at."""
        return self.room if self.room and self.room.TITLED == "watch" else None  # type: ignore[return-value]

    def look_around(self) -> None:
        """See how it stands with the watch and the host; told by `Looked`."""
        from edgeops.tui.lookout import Lookout

        if self._lookout is None:
            self._lookout = Lookout(self.store_file, self.stockroom.answering)
        lookout = self._lookout
        self.thread("look", lambda: self.tell(messages.Looked(lookout.look())))

    def on_looked(self, message: messages.Looked) -> None:
        """How it stands."""
        self.look = message.look
        if self.watch_screen:
            self.watch_screen.fill()

    def start_watch(self, named: Sequence[str], journal: bool = False, from_end: bool = False) -> None:
        """Run a watch in the app, if none runs here; one that runs elsewhere for this store is told of by the new one."""
        from edgeops.tui.lookout import Ours
        from edgeops.tui.watcher import Begin

        if self.ours:
            self.hint(self.say("watch_runs"))
            return
        # Relative names are those of the directory that the app was started in.
        named = [os.path.abspath(paths.from_home(path)) for path in named]  # noqa: PTH100 (a glob stays one)
        begin = Begin([os.fsencode(path) for path in named], self.say.lang, journal, from_end)
        self.watch_told.clear()
        self.pulse = None
        # It may take a moment until there is a process, and it may never come to be.
        paths.writable(paths.find(self.around.environ).data)
        self.ours = Ours(self._nursery, begin, lambda frame: self.tell(messages.WatchHeard(frame)))
        self.hint(self.say("watch_begins"))
        if self.watch_screen:
            self.watch_screen.fill()

    def on_watch_heard(self, message: messages.WatchHeard) -> None:
        """Our watch tells something; nothing more when it has ended."""
        frame: Frame | None = message.frame
        if frame is None:
            self.ours, self.pulse = None, None
            if not self.watch_told:
                self.hint(self.say("watch_ended"))
        elif frame.pulse:
            self.pulse = frame.pulse
        else:
            self.watch_told.append(frame.told)
            self.hint(frame.told)
        if self.watch_screen:
            self.watch_screen.fill()

    def pause_watch(self) -> None:
        """Have our watch rest, or go on."""
        if self.ours is None:
            self.hint(
                self.say("watch_not_ours" if self.look and self.look.status and self.look.status.pid else "watch_none")
            )
        else:
            self.ours.rest(not self.ours.paused)
            self.hint(self.say("watch_rests" if self.ours.paused else "watch_goes_on"))

    def end_watch(self) -> None:
        """Have our watch end."""
        if self.ours is None:
            self.hint(
                self.say("watch_not_ours" if self.look and self.look.status and self.look.status.pid else "watch_none")
            )
        else:
            self.ours.stop()
            self.hint(self.say("watch_ends"))

    def close_watch(self) -> None:
        """The app ends, and with it our watch."""
        if self.ours:
            self.ours.close()
