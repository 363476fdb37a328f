"""Fills a script slot by slot on one session. Pure but for the model: replies go to `tell`, which may raise to cancel."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from edgeops.engines.plan import plan
from edgeops.engines.runtime import Grammar
from edgeops.engines.sampler import Sampler
from edgeops.engines.session import Session
from edgeops.engines.tail import Tail
from edgeops.engines.trie import probabilities
from edgeops.errors import EngineError
from edgeops.records import Choose, Chosen, Finished, Piece, Progress, Reply, Say, Script, Timings, Write, Written

Tell = Callable[[Reply], None]
Beat = Callable[[], None]
"""Called before each decode: gives a sign of life, raises when the run is cancelled."""


class Filling:
    """One run: the clock, the counts and the slots."""

    def __init__(self, session: Session, script: Script, family: str, model: str, tell: Tell, beat: Beat) -> None:
        self._session = session
        self._runtime = session.runtime
        self._model = model
        self._tell = tell
        self._beat = beat
        self._sampler = Sampler(script.sampling)
        self._begun = time.monotonic()
        self._first = 0.0
        self._written = 0
        self._writing = 0.0
        self._plan = plan(self._runtime, family, script)

    def run(self) -> None:
        """Read the prompt, fill the slots, tell Finished."""
        work = self._plan
        total = len(work.prefix) + len(work.rest)
        held = self._session.open(work.prefix, work.rest, lambda done: self._progress(done, total))
        read = time.monotonic() - self._begun
        for at, slot in enumerate(work.slots):
            if isinstance(slot, Say):
                self._session.feed(work.tokens[at][0])
            elif isinstance(slot, Choose):
                self._choose(slot, work.tokens[at], self._token_after(at))
            else:
                self._write(slot, work.spaced[at])
        timings = Timings(
            prompt_tokens=total,
            restored=held,
            prompt_s=read,
            first_s=self._first,
            tokens=self._written,
            decode_s=self._writing,
            total_s=time.monotonic() - self._begun,
        )
        self._tell(Finished(self._model, timings))

    def _progress(self, done: int, total: int) -> None:
        self._beat()
        self._tell(Progress(done, total))

    def _told(self) -> None:
        self._first = self._first or time.monotonic() - self._begun

    def _token_after(self, at: int) -> int:
        """The token that follows a choice, which tells a short option from a longer one that it begins."""
        following = self._plan.tokens[at + 1][:1] if at + 1 < len(self._plan.slots) else ()
        said = following[0] if following and isinstance(self._plan.slots[at + 1], Say) else []
        return said[0] if said else self._runtime.eot

    def _choose(self, slot: Choose, options: Sequence[list[int]], end: int) -> None:
        start = self._session.position
        here: tuple[int, ...] = ()

        def weigh(path: tuple[int, ...], allowed: list[int]) -> list[float]:
            nonlocal here
            self._beat()
            common = _common(here, path)
            self._session.rewind(start + common)
            self._session.feed(path[common:])
            here = path
            logits = self._session.logits()
            return [float(logits[token]) for token in allowed]

        shares = probabilities(options, end, weigh)
        best = max(range(len(shares)), key=shares.__getitem__)
        common = _common(here, options[best])
        self._session.rewind(start + common)
        self._session.feed(options[best][common:])
        self._told()
        self._tell(Chosen(slot.name, slot.options[best], shares))

    def _write(self, slot: Write, spaced: bool) -> None:
        begun = time.monotonic()
        grammar = self._runtime.grammar(slot.grammar) if slot.grammar else None
        start = self._session.position
        tail = Tail(slot.stop, drop_space=spaced)
        pieces: list[bytes] = []
        text: list[str] = []
        ended = "length"
        try:
            while len(pieces) < slot.max_tokens:
                self._beat()
                token = self._pick(grammar)
                if self._runtime.ends(token):
                    ended = "eos"
                    break
                pieces.append(self._runtime.piece(token))
                self._session.feed((token,))
                self._show(slot, tail.push(pieces[-1]), text)
                if tail.stopped:
                    ended = "stop"
                    break
        finally:
            if grammar:
                grammar.close()
        self._show(slot, tail.end(), text)
        self._settle(start, pieces, tail.kept)
        self._written += len(pieces)
        self._writing += time.monotonic() - begun
        self._tell(Written(slot.name, "".join(text), ended))

    def _pick(self, grammar: Grammar | None) -> int:
        """The next token; a grammar is asked about that one alone, and masks all only when it refuses."""
        logits = self._session.logits()
        token = self._sampler.pick(logits)
        if grammar is None:
            return token
        if not grammar.allows(token):
            masked = grammar.mask(logits)
            token = self._sampler.pick(masked)
            if not math.isfinite(masked[token]):
                raise EngineError("The grammar of a slot leaves nothing to say; correct it.")
        if not self._runtime.ends(token):
            grammar.accept(token)
        return token

    def _show(self, slot: Write, new: str, text: list[str]) -> None:
        if new:
            text.append(new)
            self._told()
            self._tell(Piece(slot.name, new))

    def _settle(self, start: int, pieces: Sequence[bytes], kept: int) -> None:
        """Make the sequence hold the text without its stop string, which may begin inside a token."""
        whole, size = 0, 0
        while whole < len(pieces) and size + len(pieces[whole]) <= kept:
            size += len(pieces[whole])
            whole += 1
        if whole < len(pieces):
            self._session.rewind(start + whole)
            rest = pieces[whole][: kept - size].decode("utf-8", "replace")
            self._session.feed(self._runtime.tokens(rest, False) if rest else ())


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return count
