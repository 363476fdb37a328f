"""The way into the program: `edgeops` and `python -m edgeops`."""

import os
import signal
import sys


def main() -> None:
    """Runs the command line of this process and exits."""
    # While modules load, Ctrl-C shall end the process as it ends any other, without Python's traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _open_streams()
    from edgeops.cli.failure import INTERRUPTED, drain
    from edgeops.cli.interrupt import press_again_when_lost
    from edgeops.cli.main import run

    press_again_when_lost()
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = run(sys.argv[1:])
        drain()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    except KeyboardInterrupt:  # as the handler came or went: `run` minds it while there is work
        code = INTERRUPTED
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(code)


def _open_streams() -> None:
    """Gives every stream that the caller closed a place to go, or the next file opened would become stdout."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)


if __name__ == "__main__":
    main()
