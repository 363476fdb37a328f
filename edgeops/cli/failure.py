"""The one error handler: whatever went wrong becomes a sentence on stderr and an exit code, never a traceback."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import typer

from edgeops import __version__, paths
from edgeops.cli.interrupt import came_of_one
from edgeops.errors import EdgeopsError
from edgeops.mask import mask
from edgeops.text import show, show_lines

FAILED = 2
INTERRUPTED = 130
PIPE_CLOSED = 141
_MOST_TRACES = 20


def guarded(work: Callable[[], int], environ: Mapping[str, str] = os.environ) -> int:
    """The exit code of work, which may raise anything."""
    try:
        code = work()
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return PIPE_CLOSED
    except EdgeopsError as error:
        _tell(str(error))
        return error.exit_code
    except typer.Exit as done:
        return done.exit_code
    except typer.Abort:
        _tell("Cancelled.")
        return FAILED
    except typer.TyperException as error:
        _usage(error)
        return FAILED
    # The last resort of the whole program: what nobody expected must still end in one sentence.
    except Exception as error:  # noqa: BLE001
        if came_of_one(error):
            return INTERRUPTED
        _tell(_sentence(error) or _unexpected(environ))
        return FAILED


def _usage(error: typer.TyperException) -> None:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help page
        sys.stderr.write(show_lines(error.format_message()) + "\n")
        return
    hint = f" Try '{context.command_path} --help'." if context else ""
    _tell(f"{error.format_message().rstrip('.')}.{hint}".replace("?.", "?"))


def _sentence(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "There is not enough memory for this; close other programs or give less to read, then try again."
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f" ({error.filename})" if error.filename else ""
        return f"The disk is full{where}; free some space and try again. Nothing half-written was kept."
    if isinstance(error, OSError) and error.errno in (errno.EBADF, errno.EIO):
        return (
            f"The output cannot be written or the input read ({error.strerror}); check where they come from and go to."
        )
    return ""


def _unexpected(environ: Mapping[str, str]) -> str:
    kind, error, _ = sys.exc_info()
    trace = mask(traceback.format_exc())
    if environ.get("EDGEOPS_DEBUG") == "1":
        return trace
    name = kind.__name__ if kind else "error"
    saved = _save(trace, environ)
    where = f"The trace is in {saved}" if saved else "Run it again with EDGEOPS_DEBUG=1 to see the trace"
    return f"Something unexpected went wrong in edgeops: {name}: {mask(str(error))[:300]}. {where}; please report it."


def _save(trace: str, environ: Mapping[str, str]) -> Path | None:
    folder = paths.writable(paths.find(environ).traces_dir)
    if folder is None:
        return None
    file = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    text = f"edgeops {__version__}, Python {sys.version.split()[0]}\n{trace}"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as out:
            out.write(text)
        for old in sorted(folder.glob("*.txt"))[:-_MOST_TRACES]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return file


def _tell(text: str) -> None:
    shown = show_lines(text) if text.startswith("Traceback") else show(text)
    try:
        sys.stderr.write(f"edgeops: {shown}\n")
    except OSError:  # nobody is listening
        return


def drain() -> None:
    """Empties stdout and stderr before the process ends; what nobody takes any more goes nowhere.

    Otherwise the interpreter tries once more at its own end, complains and changes the exit status to 120.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
