"""The way into the program: `edgeops` and `python -m edgeops`."""

import signal
import sys


def main() -> None:
    """Runs the command line of this process and exits."""
    # While modules load, Ctrl-C shall end the process as it ends any other, without Python's traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from edgeops.cli.main import run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    code = run(sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(code)


if __name__ == "__main__":
    main()
