"""Messages to templates: the variable parts named by kind, the rest kept; ids are the same on every machine.

`pattern_of` tells what one message shows by itself. What only many messages show (that the word after `Started` varies) is
learnt by `edgeops.detect.miner`. An id is a hash of the pattern without the names of its kinds: `port <number>` and
`port <port>` are the same template. A template that becomes more general while a log grows becomes another template with
another id; once a whole file was read, the same lines give the same ids anywhere, in whatever order they came.
"""

from __future__ import annotations

from hashlib import blake2s

from edgeops.detect.merging import skeleton
from edgeops.detect.variables import masked

LONGEST = 2000


def pattern_of(message: str) -> str:
    """The template of a message: `<ip>`, `<path>`, `<number>`… in place of its variables. Longer than 2,000 characters is cut."""
    return masked(message if len(message) <= LONGEST else message[:LONGEST].rpartition(" ")[0] or message[:LONGEST])


def id_of(pattern: str) -> str:
    """A template's id: 10 hexadecimal digits of a hash of its pattern."""
    return blake2s(skeleton(pattern).encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
