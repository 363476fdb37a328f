"""Settings: `config.toml`, then environment variables such as `EDGEOPS_MODEL__THREADS=2`, which win over it.

Every setting has a default, so no file is needed. A wrong key or value is a ConfigError that names the place, the
setting, what is allowed and the nearest valid name. `docs/config.md` is written from the descriptions in `sections`.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

# msgspec: validates settings, fault files and JSON logs; one C extension, no dependencies, strict about unknown keys.
import msgspec
from msgspec import Meta, Struct

from edgeops.config.sections import (
    URL,
    VARIABLE,
    Catalog,
    Config,
    Detect,
    EvidenceBudget,
    Intake,
    LogFormat,
    Model,
    Remote,
    Screen,
    Watch,
)
from edgeops.errors import ConfigError
from edgeops.paths import Paths, unsafe

__all__ = [
    "Catalog",
    "Config",
    "Detect",
    "EvidenceBudget",
    "Intake",
    "LogFormat",
    "Model",
    "Remote",
    "Screen",
    "Setting",
    "Watch",
    "load",
    "settings",
]

PREFIX = "EDGEOPS_"
_PATTERNS = {
    URL: "an address that begins with http:// or https://, or empty",
    VARIABLE: "a variable's name, or empty",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as a person sees it. key is dotted (`model.threads`); allowed is a phrase."""

    key: str
    kind: Any
    default: Any
    allowed: str
    text: str


@cache
def settings() -> dict[str, Setting]:
    """Every setting by its dotted key, in the order of the file."""
    found: dict[str, Setting] = {}
    for field in msgspec.structs.fields(Config):
        if isinstance(field.default, Struct):
            inner = msgspec.structs.fields(field.default)
            found |= {f"{field.name}.{one.name}": _setting(f"{field.name}.{one.name}", one) for one in inner}
        else:
            found[field.name] = _setting(field.name, field)
    return found


def load(paths: Paths, environ: Mapping[str, str] = os.environ) -> Config:
    """The settings in force. Raises ConfigError."""
    merged: dict[str, Any] = {}
    for key, value in (*_from_file(paths.config_file), *_from_environment(environ)):
        section, _, name = key.rpartition(".")
        (merged.setdefault(section, {}) if section else merged)[name] = value
    return msgspec.convert(merged, Config)


def _from_file(path: Path) -> Iterator[tuple[str, Any]]:
    for key, value in _read(path).items():
        if key not in _sections():
            yield key, _valid(f"In {path}: {key}", key, value)
        elif not isinstance(value, dict):
            raise ConfigError(f"In {path}: {key} is a section; write [{key}] on a line of its own, its settings below.")
        else:
            yield from (
                (f"{key}.{name}", _valid(f"In {path}: {key}.{name}", f"{key}.{name}", inner))
                for name, inner in value.items()
            )


def _sections() -> list[str]:
    return list(dict.fromkeys(key.partition(".")[0] for key in settings() if "." in key))


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text at byte {error.start}; save it as UTF-8.") from error
    if refusal := unsafe(path):
        raise ConfigError(refusal)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}. Correct that line.") from error


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for variable in sorted(environ):
        name = variable.removeprefix(PREFIX).lower()
        # Without a section it is either a setting or none of our business (EDGEOPS_HOME, EDGEOPS_DEBUG, …).
        if variable.startswith(PREFIX) and ("__" in name or name in settings()):
            key = name.replace("__", ".", 1)
            yield key, _valid(variable, key, environ[variable], spoken=False)


def _valid(what: str, key: str, value: Any, *, spoken: bool = True) -> Any:
    """The value in its setting's type. spoken values have types of their own (TOML); others are all text."""
    setting = settings().get(key)
    if setting is None:
        names = [*settings(), *_sections()]
        near = difflib.get_close_matches(key, names, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}."
        raise ConfigError(f"{what} is not a setting; {hint}")
    if not spoken and isinstance(setting.default, tuple):
        value = [part for part in value.split(os.pathsep) if part]
    try:
        return msgspec.convert(value, setting.kind, strict=spoken)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{what} is {value!r}, but it must be {setting.allowed}.") from error


def _setting(key: str, field: msgspec.structs.FieldInfo) -> Setting:
    bare, meta = get_args(field.type)
    return Setting(key, field.type, field.default, _allowed(bare, meta), meta.description)


def _allowed(bare: Any, meta: Meta) -> str:
    if get_origin(bare) is Literal:
        return "one of " + ", ".join(get_args(bare))
    if bare is str:
        return "text" if not meta.pattern else _PATTERNS[meta.pattern]
    if bare is bool:
        return "true or false"
    if bare == tuple[LogFormat, ...]:
        return "tables [[formats]], each with name = '...', pattern = '...' and perhaps sample = '...'"
    if bare not in (int, float):
        return "a list of texts"
    number = "a whole number" if bare is int else "a number"
    if meta.le is None:
        return f"{number} of {meta.ge} or more"
    return (
        f"{number} from {meta.ge} to {meta.le}" if meta.gt is None else f"{number} above {meta.gt}, {meta.le} at most"
    )
