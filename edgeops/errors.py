"""Everything that edgeops raises on purpose. Each message is a sentence that ends with what to do next.

EdgeopsError
├── UsageError          the person asked for something that makes no sense
├── ConfigError         the configuration is wrong: file, key and nearest valid name are in the message
├── SourceError         a log could not be read at all
├── KnowledgeError      a fault file, a store or a bundle is broken
│   └── StoreError
├── CatalogError        a model is unknown, missing, changed, too big for the disk, or not a model
│   └── HashMismatch
└── EngineError         the model could not answer
    ├── EngineLost      the child process died or broke its protocol
    ├── EngineTimeout   it was silent for too long
    ├── EngineOff       three strikes: it is not tried again in this run
    ├── ModelUnfit      the model file cannot be loaded or is of an unsupported family
    └── ContextOverflow the prompt is larger than the context; both numbers are attributes
"""

from __future__ import annotations


class EdgeopsError(Exception):
    """Base of all; `exit_code` is what a front end should end with."""

    exit_code = 2


class UsageError(EdgeopsError):
    pass


class ConfigError(EdgeopsError):
    pass


class SourceError(EdgeopsError):
    pass


class KnowledgeError(EdgeopsError):
    pass


class StoreError(KnowledgeError):
    pass


class CatalogError(EdgeopsError):
    pass


class HashMismatch(CatalogError):
    pass


class EngineError(EdgeopsError):
    pass


class EngineLost(EngineError):
    pass


class EngineTimeout(EngineError):
    pass


class EngineOff(EngineError):
    pass


class ModelUnfit(EngineError):
    pass


class ContextOverflow(EngineError):
    """The prompt has `needed` tokens and the context holds `room`."""

    def __init__(self, needed: int, room: int) -> None:
        super().__init__(
            f"The prompt needs {needed} tokens but the model's context holds {room}; "
            "nothing was cut. Give less evidence (--budget-chars) or a larger context (model.context)."
        )
        self.needed = needed
        self.room = room
