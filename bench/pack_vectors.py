"""Makes the vectors that are shipped with the starter pack, of its passages and of its faults: `python -m bench.pack_vectors` (a minute), after the pack or the embedder changed.

`tests/knowledge/test_shipped.py` fails when they are not those of the pack as it is.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from edgeops.hooks import registry
from edgeops.knowledge.embedders import Sentences
from edgeops.knowledge.library import open_library
from edgeops.knowledge.nearness import told
from edgeops.knowledge.shipped import FILE, content_of
from edgeops.knowledge.starter import edgeops_faults
from edgeops.knowledge.store import Store
from edgeops.knowledge.vectors import TEXT, stored

AT_ONCE = 64


def passages(store: Store) -> list[str]:
    """What the embedder reads of the pack, in order, each text once."""
    rows = store.database.connection.execute(
        f"SELECT DISTINCT {TEXT} FROM passage JOIN entry ON entry.number = passage.entry WHERE entry.kind = 'fault'"
    )
    return sorted(text for (text,) in rows)


def main() -> None:
    """Writes the file anew."""
    embedder = Sentences()
    with tempfile.TemporaryDirectory() as home, open_library(
        Path(home) / "store.db", registry(), datetime.now(UTC)
    ) as store:  # fmt: skip
        texts = passages(store) + sorted({told(fault) for fault in edgeops_faults()})
    rows = []
    for start in range(0, len(texts), AT_ONCE):
        part = texts[start : start + AT_ONCE]
        rows += [(text, *vector) for text, vector in zip(part, stored(embedder.embed(part)), strict=True)]
        print(f"\r{len(rows)}/{len(texts)} passages", end="", file=sys.stderr)
    content = content_of(embedder.name, embedder.size, rows)
    FILE.write_bytes(content)
    print(f"\n{FILE.resolve()}: {len(content):,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
