"""What the configuration wants done for each new incident: a program run, a notification shown. Argv only, one at a time, with a time limit."""

from __future__ import annotations

import html
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from queue import Full, Queue
from threading import Thread

from edgeops.config import Watch
from edgeops.records import Explanation
from edgeops.text import show

LONGEST_S = 60.0
MOST_WAITING = 20
_GRACE_S = 0.2


Argv = Callable[[Explanation], Sequence[str]]
"""What to run for an answer."""


def notification(answer: Explanation) -> list[str]:
    """The answer as a notification of the desktop, which reads markup."""
    said = html.escape(show(answer.summary or answer.reason))
    return ["notify-send", "--app-name=edgeops", "--", f"{answer.incident} ({answer.tier.value})", said]


class Hand:
    """Runs a program for each explanation given to it, in a thread. say hears of what failed."""

    def __init__(
        self, argv: Argv, environ: Mapping[str, str], say: Callable[[str], None], longest: float = LONGEST_S
    ) -> None:
        self._argv, self._environ, self._say, self._longest = argv, environ, say, longest
        self._waiting: Queue[Explanation | None] = Queue(MOST_WAITING)
        self._thread = Thread(target=self._work, name="hand", daemon=True)
        self._thread.start()

    def give(self, answer: Explanation) -> None:
        """Run it for this incident; when too many wait already, it is said and left out."""
        try:
            self._waiting.put_nowait(answer)
        except Full:
            self._say(f"{self._argv(answer)[0]} is too slow: it was not run for incident {answer.incident}.")

    def close(self) -> None:
        """No more; what runs may end by itself for a moment."""
        with suppress(Full):
            self._waiting.put_nowait(None)
        self._thread.join(_GRACE_S)

    def _work(self) -> None:
        while (answer := self._waiting.get()) is not None:
            self._run(answer)

    def _run(self, answer: Explanation) -> None:
        told = {
            "EDGEOPS_INCIDENT": answer.incident,
            "EDGEOPS_TIER": answer.tier.value,
            "EDGEOPS_SUMMARY": show(answer.summary or answer.reason),
        }
        argv = self._argv(answer)
        try:
            done = subprocess.run(
                list(argv),
                env={**self._environ, **told},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=self._longest,
                start_new_session=True,
                cwd=os.sep,
            )
        except (OSError, ValueError) as error:
            self._say(f"{argv[0]} could not be run ({error}); correct watch.exec_on_incident.")
        except subprocess.TimeoutExpired:
            self._say(f"{argv[0]} ran longer than {self._longest:.0f} s for incident {answer.incident} and was ended.")
        else:
            if done.returncode:
                words = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
                self._say(f"{argv[0]} failed with code {done.returncode} for incident {answer.incident}: {words[0]}")


def hands_of(settings: Watch, environ: Mapping[str, str], say: Callable[[str], None]) -> list[Hand]:
    """The hands that the settings want; give each an answer, close them at the end."""
    wanted: list[Argv] = [lambda answer: settings.exec_on_incident] if settings.exec_on_incident else []
    return [Hand(argv, environ, say) for argv in wanted + [notification] * settings.desktop]
