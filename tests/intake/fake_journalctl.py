"""A journalctl for tests: `fake_journalctl.py STATE OPTION…` follows the entries in STATE/entries as the real one would.

STATE/entries has an entry a line, each with a cursor `i=NUMBER`; the file is replaced when the journal is vacuumed. Every start
is told in STATE/starts; it dies within the entry whose number is in STATE/tear. What the real one does with a cursor was looked up in its behaviour (systemd 252): --cursor begins at
that entry or the first one behind its place, --after-cursor passes over one more entry even if the first is gone.
"""

import json
import os
import random
import re
import sys
import time
from pathlib import Path


def number(cursor: str) -> int:
    found = re.search(r"i=(\d+)", cursor)
    if not found:
        sys.exit("Failed to seek to cursor: Invalid argument")
    return int(found[1])


def main() -> None:
    state, options = Path(sys.argv[1]), dict(option.partition("=")[::2] for option in sys.argv[2:])
    with (state / "starts").open("a") as starts:
        starts.write(f"{os.getpid()} {os.getpgrp()} {json.dumps(options)} {json.dumps(dict(os.environ))}\n")
    refusal = state / "refusal"
    if refusal.exists():
        sys.exit(refusal.read_text())
    assert {"--output", "--no-tail", "--all"} <= set(options), options
    begin = number(options["--cursor"]) if "--cursor" in options else 0
    tear = int((state / "tear").read_text()) if (state / "tear").exists() else -1
    shown, dice = begin - 1, random.Random(begin)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for entry in (state / "entries").read_bytes().splitlines(keepends=True):
            at = number(json.loads(entry)["__CURSOR"])
            if at > shown:
                if at == tear:
                    os.write(1, entry[:-5])
                    (state / "tear").unlink()
                    sys.exit("torn")
                shown = at
                middle = dice.randrange(len(entry))  # so that a kill may come within an entry
                os.write(1, entry[:middle])
                os.write(1, entry[middle:])
        if "--follow" not in options:
            return
        time.sleep(0.002)


main()
