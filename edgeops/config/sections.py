"""The sections of the configuration: every setting with its default, what is allowed and what it does."""

from __future__ import annotations

from typing import Annotated, Literal

# msgspec: validates settings, fault files and JSON logs; one C extension, no dependencies, strict about unknown keys.
from msgspec import Meta, Struct

URL = r"^(https?://\S+)?$"
VARIABLE = r"^([A-Za-z_][A-Za-z0-9_]*)?$"


class Model(Struct, frozen=True, forbid_unknown_fields=True):
    """The model that reasons about what no rule knows."""

    name: Annotated[str, Meta(description="Which installed model answers; empty means the best that memory holds.")] = (
        ""
    )
    adapter: Annotated[
        bool,
        Meta(description="Load the adapter that was made for the model; false means the model as it was published."),
    ] = True
    threads: Annotated[int, Meta(ge=0, le=512, description="Threads of the model; 0 means one a physical core.")] = 0
    context: Annotated[int, Meta(ge=512, le=131_072, description="Tokens that a prompt and its answer may take.")] = (
        4096
    )
    temperature: Annotated[
        float, Meta(ge=0, le=2, description="0 always says the likeliest; more is more varied and less sure.")
    ] = 0.0
    top_k: Annotated[int, Meta(ge=1, le=1000, description="Sample among this many likeliest tokens.")] = 40
    top_p: Annotated[
        float, Meta(gt=0, le=1, description="Sample among the likeliest tokens of this total probability.")
    ] = 0.95
    timeout_s: Annotated[
        float, Meta(ge=1, le=3600, description="Seconds of silence after which the model is given up.")
    ] = 60.0
    memory_mb: Annotated[
        int, Meta(ge=0, le=1_048_576, description="MiB that the model may use; 0 means what its size calls for.")
    ] = 0
    allow_unsandboxed: Annotated[
        bool, Meta(description="Run the model even where the kernel cannot cut its process off from the network.")
    ] = False


class Remote(Struct, frozen=True, forbid_unknown_fields=True):
    """A server on the site's own network that speaks the OpenAI chat API; never asked unless url is set."""

    url: Annotated[
        str, Meta(pattern=URL, description="Base address, such as http://10.0.0.5:8080/v1; empty means none.")
    ] = ""
    model: Annotated[str, Meta(description="The model's name on that server.")] = ""
    key_env: Annotated[
        str,
        Meta(pattern=VARIABLE, description="Name of the environment variable that holds the key."),
    ] = ""


class EvidenceBudget(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a log an answer may rest on."""

    budget_chars: Annotated[
        int, Meta(ge=200, le=200_000, description="Characters of evidence given to the model and shown.")
    ] = 6000


class Intake(Struct, frozen=True, forbid_unknown_fields=True):
    """How much is read."""

    max_bytes: Annotated[
        int,
        Meta(
            ge=0,
            description="Bytes read of one file, its end; 0 means all. What is left out is said.",
        ),
    ] = 256 << 20
    max_line: Annotated[
        int, Meta(ge=256, le=64 << 20, description="Bytes kept of one line; the rest is counted and left out.")
    ] = 65_536
    workers: Annotated[
        int,
        Meta(ge=0, le=1024, description="Processes that read at once when there is much to read; 0 means one a core."),
    ] = 0
    zone: Annotated[
        str,
        Meta(
            min_length=1,
            description="Zone of times that state none, in logs and after --since: Europe/Berlin, +02:00, local…",
        ),
    ] = "UTC"


class Screen(Struct, frozen=True, forbid_unknown_fields=True):
    """The full-screen app, `edgeops tui`."""

    theme: Annotated[
        Literal["auto", "dark", "light", "contrast", "ansi", "ascii"],
        Meta(
            description="Colours: auto is what the terminal can show; ansi its own sixteen; ascii draws no other characters, too."
        ),
    ] = "auto"
    keys: Annotated[
        tuple[str, ...],
        Meta(
            description="Keys of your own, each as screen.key=new: `logs./=ctrl+f` searches with ctrl-f. `all` is every screen; "
            "docs/tui.md names the others."
        ),
    ] = ()
    resume: Annotated[
        bool, Meta(description="Begin where the last session with the same logs ended: place, cursor, filter, colours.")
    ] = True


class LogFormat(Struct, frozen=True, forbid_unknown_fields=True):
    """A log format of your own. sample, if there is one, must match."""

    name: Annotated[str, Meta(min_length=1)]
    pattern: Annotated[str, Meta(min_length=1)]
    sample: str = ""


class Catalog(Struct, frozen=True, forbid_unknown_fields=True):
    """Where models come from."""

    hub: Annotated[
        str, Meta(pattern=URL, description="Address of a model hub or its mirror; empty means the public one.")
    ] = ""
    folders: Annotated[
        tuple[str, ...], Meta(description="Directories that may hold model files, such as a mounted USB stick.")
    ] = ()


class Detect(Struct, frozen=True, forbid_unknown_fields=True):
    """How signals become incidents."""

    gap_s: Annotated[
        float, Meta(ge=1, le=86_400, description="Seconds of quiet after which a new incident begins.")
    ] = 300.0


class Watch(Struct, frozen=True, forbid_unknown_fields=True):
    """What `edgeops watch` does beside reading."""

    exclude: Annotated[
        tuple[str, ...],
        Meta(description="Patterns of files that are not followed, such as *.bak or /var/log/journal/*."),
    ] = ()
    nice: Annotated[
        int, Meta(ge=0, le=19, description="How much the watch gives way to other processes; 0 means not at all.")
    ] = 10
    listen_elsewhere: Annotated[
        bool,
        Meta(description="Let --listen take addresses that other machines can reach; anyone there may then write."),
    ] = False
    bell: Annotated[bool, Meta(description="Ring the terminal's bell for each new incident.")] = False
    desktop: Annotated[bool, Meta(description="Show each new incident as a notification of the desktop.")] = False
    exec_on_incident: Annotated[
        tuple[str, ...],
        Meta(
            description="A program with its arguments that is run for each new incident once it is explained; it finds the "
            "incident's id, tier and summary in EDGEOPS_INCIDENT, EDGEOPS_TIER and EDGEOPS_SUMMARY. Empty means none."
        ),
    ] = ()


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings, complete and valid."""

    lang: Annotated[
        Literal["auto", "en", "zh"], Meta(description="Language of answers; auto follows the question or the locale.")
    ] = "auto"
    formats: Annotated[
        tuple[LogFormat, ...],
        Meta(
            description="Log formats of your own, tried first. The groups of a pattern may be time, host, unit, pid, "
            "level, pri and message, or have names of your own."
        ),
    ] = ()
    model: Model = Model()
    remote: Remote = Remote()
    evidence: EvidenceBudget = EvidenceBudget()
    intake: Intake = Intake()
    catalog: Catalog = Catalog()
    detect: Detect = Detect()
    watch: Watch = Watch()
    screen: Screen = Screen()
