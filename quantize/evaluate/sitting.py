"""One model answers: incidents by the runs that the product makes, questions by the probability of their letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from edgeops.assistant.prose import tidy
from edgeops.errors import ContextOverflow, EngineLost
from edgeops.hooks import Engine
from edgeops.records import Chosen, Finished, Script, Timings, Written
from quantize.evaluate.posed import Posed
from quantize.evaluate.questions import Question
from quantize.evaluate.told import Choices, Picked, Shares, Told
from quantize.evaluate.verdict import decide


@dataclass(frozen=True, slots=True)
class _Run:
    """The slots of one run."""

    chosen: dict[str, Shares]
    written: dict[str, str]
    timings: Timings


@dataclass
class Sitting:
    """A model at its desk. Habits are measured once for each form, as the product does."""

    engine: Engine
    clock: Callable[[], float] = monotonic
    load_s: float = 0.0
    _habits: dict[str, _Run] = field(default_factory=dict)

    def told(self, posed: Posed, write: bool = True) -> Told:
        """The answer to an incident. A prompt that does not fit is no answer. Raises EngineError for all else."""
        try:
            return self._settled(posed) if posed.settled else self._told(posed, write)
        except ContextOverflow as error:
            return Told(failed=str(error))

    def picked(self, question: Question) -> Picked:
        """The answer to a question. Raises EngineError."""
        begun = self.clock()
        try:
            letters = self._run(question.script()).chosen["answer"]
        except ContextOverflow:
            letters = ()
        return Picked(letters, self.clock() - begun)

    def _told(self, posed: Posed, write: bool) -> Told:
        begun = self.clock()
        habit = self._habits.get(posed.form)
        if habit is None:
            habit = self._habits[posed.form] = self._run(posed.neutral())
        emptied = self.clock()
        said = self._run(posed.choosing()).chosen
        choices = Choices(said["root"], said["fault"], habit.chosen["root"], habit.chosen["fault"])
        chosen = self.clock()
        summary = self._summary(posed, choices) if write else ""
        seconds = (chosen - emptied, emptied - begun, self.clock() - chosen)
        return Told(choices, summary, seconds=seconds)

    def _summary(self, posed: Posed, choices: Choices) -> str:
        decision = decide(posed, choices)
        return self._run(posed.writing(decision.root, decision.number)).written["summary"]

    def _settled(self, posed: Posed) -> Told:
        """Code answers; only where an instruction is planted the words are worth the time, for they could obey it."""
        if not (posed.trap and posed.trap.say and posed.settled):
            return Told()
        begun = self.clock()
        summary = self._run(posed.settled).written["summary"]
        return Told(summary=summary, seconds=(0.0, 0.0, self.clock() - begun))

    def _run(self, script: Script) -> _Run:
        chosen: dict[str, Shares] = {}
        written: dict[str, str] = {}
        for reply in self.engine.run(script):
            if isinstance(reply, Chosen):
                chosen[reply.name] = reply.probabilities
            elif isinstance(reply, Written):
                written[reply.name] = tidy(reply.text, reply.ended)
            elif isinstance(reply, Finished):
                self.load_s = self.load_s or reply.timings.load_s
                return _Run(chosen, written, reply.timings)
        raise EngineLost("The model stopped before it had finished; run the same command again, it goes on.")
