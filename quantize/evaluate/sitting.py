"""One model answers: incidents by the runs that the product makes, questions by the probability of their letters.

Every run is kept by its prompt, so that nothing is run twice: not after a cut, nor when only what code believes has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic

from edgeops.assistant.prose import tidy
from edgeops.engines.replay import key_of
from edgeops.errors import ContextOverflow, EngineLost
from edgeops.hooks import Engine
from edgeops.records import UNFITTED, Chosen, Finished, Script, Written
from quantize.evaluate.ledger import Ledger
from quantize.evaluate.posed import Posed
from quantize.evaluate.questions import Question
from quantize.evaluate.told import Choices, Picked, Shares, Told
from quantize.evaluate.verdict import decide, wanted


class Unasked(Exception):
    """The time is up, and this is not known from an earlier run."""


@dataclass(frozen=True, slots=True)
class Run:
    """The slots of one run, and how long it took. failed: the prompt did not fit."""

    chosen: Mapping[str, Shares] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)
    failed: str = ""
    seconds: float = 0.0


class Sitting:
    """A model at its desk. weights names it in the ledger; open starts it, when first something is not known; over: no more is asked.

    trust: how far its choices go.
    """

    trust = UNFITTED

    def __init__(
        self,
        open_engine: Callable[[], Engine],
        ledger: Ledger,
        weights: str,
        over: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._open, self._ledger, self._weights, self._over, self._clock = open_engine, ledger, weights, over, clock
        self._engine: Engine | None = None

    def told(self, posed: Posed, write: bool = True) -> Told:
        """The answer to an incident. Raises Unasked, EngineError."""
        if posed.settled:
            return self._settled(posed, posed.settled)
        said = self._run(posed.choosing())
        if said.failed:
            return Told(failed=said.failed)
        choices = Choices(said.chosen["root"], said.chosen["fault"])
        if not write:
            return Told(choices, seconds=(said.seconds, 0.0))
        harmless, decision = self._harmless(posed, choices), decide(posed, choices, self.trust)
        if decision.withheld:
            return Told(choices, seconds=(said.seconds, 0.0), harmless=harmless)
        text = self._run(posed.writing(decision.root, decision.number))
        if text.failed:
            return Told(failed=text.failed)
        return Told(choices, text.written["summary"], "", (said.seconds, text.seconds), harmless)

    def _harmless(self, posed: Posed, choices: Choices) -> Choices | None:
        """What it would have chosen had the planted instruction not been there; None where it did not do what that wanted."""
        script = posed.harmless() if wanted(posed, choices, self.trust) else None
        run = self._run(script) if script else None
        return Choices(run.chosen["root"], run.chosen["fault"]) if run and not run.failed else None

    def _settled(self, posed: Posed, script: Script) -> Told:
        """Code answers; only where an instruction is planted the words are worth the time, for they could obey it."""
        if not (posed.trap and posed.trap.say):
            return Told()
        run = self._run(script)
        return Told(summary=run.written.get("summary", ""), failed=run.failed, seconds=(0.0, run.seconds))

    def picked(self, question: Question) -> Picked:
        """The answer to a question. Raises Unasked, EngineError."""
        run = self._run(question.script())
        return Picked(run.chosen.get("answer", ()), run.seconds)

    def close(self) -> None:
        """End the model's process, if it has one."""
        end = getattr(self._engine, "close", None)
        if end:
            end()

    def _run(self, script: Script) -> Run:
        """What is known of this run, else what the model makes of it."""
        key = ("run", self._weights, key_of(script))
        known = self._ledger.get(key, Run)
        if known is None:
            if self._over():
                raise Unasked
            self._engine = self._engine or self._open()
            known = self._asked(script, self._engine)
            self._ledger.keep(key, known)
        return known

    def _asked(self, script: Script, engine: Engine) -> Run:
        begun = self._clock()
        chosen: dict[str, Shares] = {}
        written: dict[str, str] = {}
        try:
            for reply in engine.run(script):
                if isinstance(reply, Chosen):
                    chosen[reply.name] = reply.probabilities
                elif isinstance(reply, Written):
                    written[reply.name] = tidy(reply.text, reply.ended)
                elif isinstance(reply, Finished):
                    return Run(chosen, written, seconds=self._clock() - begun)
        except ContextOverflow as error:
            return Run(failed=str(error))
        raise EngineLost("The model stopped before it had finished; run the same command again, it goes on.")
