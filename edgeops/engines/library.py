"""The plain bindings of llama-cpp-python, and what the library complains about; imported by the child process only."""

from __future__ import annotations

import importlib.util
import sys
import types
from typing import Any

from edgeops.errors import EngineOff


def bindings() -> Any:
    """The module of plain bindings, without the package around it.

    The package's own __init__ takes 0.25 s and brings a template engine along; we want neither.
    """
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or spec.submodule_search_locations is None:
        raise EngineOff(
            "llama-cpp-python is not installed; install edgeops with the extra `llama`, or run `make demo`."
        )
    package = types.ModuleType("llama_cpp")
    package.__path__ = list(spec.submodule_search_locations)
    # Whoever asks whether it is installed finds it still.
    package.__spec__ = spec
    sys.modules["llama_cpp"] = package
    try:
        return importlib.import_module("llama_cpp.llama_cpp")
    except (ImportError, OSError, RuntimeError) as error:
        raise EngineOff(f"llama-cpp-python cannot be loaded ({error}); install it again for this machine.") from error


L: Any = bindings()
_ERROR = 4
_MOST_LINES = 8
_lines: list[str] = []


def complaint() -> str:
    """The library's first complaint (those that follow only repeat it), to be put into a sentence."""
    said = f" ({_lines[0]})" if _lines else ""
    _lines.clear()
    return said


def listener() -> Any:
    """Complaints go to stderr, which the parent keeps for its messages; chatter goes nowhere."""

    @L.llama_log_callback  # type: ignore[untyped-decorator]
    def hear(level: int, text: bytes, _data: Any) -> None:
        line = " ".join(text.decode("utf-8", "replace").split())
        if level == _ERROR and line:
            _lines.extend([line] if len(_lines) < _MOST_LINES else [])
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    return hear
