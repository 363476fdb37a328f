"""What a message is about: the request, container, volume, device, unit, address or file that it names.

Two messages that name the same one have to do with each other; what is named nearly everywhere ties nothing to anything.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from edgeops.records import Event

MOST = 40
_LONGEST = 2000
_EVERYWHERE = 0.3
_FEW = 8

_NAMES = re.compile(
    r"""
    \b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b                                 # uuid
  | (?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])                                        # address
  | (?<![\w./-])/(?:[\w.@+-]+/){1,12}[\w.@+-]*[\w@+-]                                 # path
  | \b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,64}\b                               # container, trace, digest
  | \b[\w@:.\\-]{2,80}\.(?:service|socket|mount|timer|target|slice|scope|device)\b    # unit
  | \b(?:[A-Za-z][A-Za-z0-9]{0,30}[-_.:/])+[A-Za-z0-9]*\d[\w.-]{0,40}(?<!\.)          # web-7c9d, dm-2, db1.example.net, blk_12
  | \b(?:sd[a-z]{1,2}|nvme\d+n\d+|md|vd[a-z]|xvd[a-z]|ata|eth|ens|eno|enp|bond|veth|tun|ge-)\d*[\w./]*   # device
  | \b[a-z][a-z0-9]*\d[a-z0-9]*\b                                                     # node7, app1
  | (?<![\w.:/-])\d{4,20}(?![\w.:/-])                                                 # order 10293, pid 4417
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FIELDS = re.compile(
    r"(?:^|[_.])(?:id|uuid|trace|span|request|req|session|order|pod|container|volume|device|unit|job|task|key)$", re.I
)


def named(event: Event) -> frozenset[str]:
    """What the event's message and fields name, in lower case; at most MOST of them."""
    found = [name.lower() for name in _NAMES.findall(event.message[:_LONGEST])[:MOST]]
    found += [value.lower() for key, value in event.fields[:MOST] if 2 < len(value) <= 80 and _FIELDS.search(key)]
    return frozenset(found)


def telling(events: Sequence[Event]) -> list[frozenset[str]]:
    """For each event what it names, without what nearly all of them name."""
    names = [named(event) for event in events]
    usual = Counter(name for found in names for name in found)
    most = max(_FEW, int(_EVERYWHERE * len(events)))
    return [frozenset(name for name in found if usual[name] <= most) for found in names]
