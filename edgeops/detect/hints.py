"""Quiet lines that may tell why: they speak of a change, or of something that is gone, full, refused, lost."""

from __future__ import annotations

import re
from functools import lru_cache

_CHANGE = re.compile(
    r"""\b(?:re-?load|re-?configur|re-?start|re-?boot|chang|switch(?:ed|ing)|rotat|migrat|upgrad|downgrad|updat|deploy|instal|uninstal
  |remov|delet|drop(?:ped|ping)?\b|enabl|disabl|appl(?:ied|ying)|deactivat|renam|replac|mov(?:ed|ing)\b|roll(?:ed|ing|out)|set\ to
  |start(?:ed|ing)\ (?:version|with)|new\ version|now\ at\ version|vacuum|truncat|promot|demot|fail-?over|purg|revok
  |shut(?:ting)?\ ?down|maintenance)""",
    re.VERBOSE | re.IGNORECASE,
)
_LACK = re.compile(
    r"""\b(?:lost|los(?:es|ing)|expir|full|used\ up|exhaust|exceed|overflow|invalid|mismatch|missing|empty|absent|unknown|incorrect|wrong
  |not\ (?:respond|answer|found|ready|accept|match|available|allowed|valid|reachable|enough)|(?:does|did|do|is|are|was|were|can|could|has|have|will)(?:\ not|n't)\b
  |cannot|no\ (?:\w+\ )?(?:left|leader|answer|response|route|space|currency|credentials)|refus|reject|denied|den(?:y|ies)|drain|seal(?:ed)|stuck|stall|hung|hang
  |kill(?:ed|ing)|lock(?:ed)\b|lock-?out|down\b|offline|unreachable|corrupt|inconsisten|stale|out\ of\ (?:date|sync|memory|space)|outdated
  |time-?outs?\b|timed\ out|broken|terminat|abort|block(?:ed|ing)|starv|conflict|unaccept|withdraw|gone|quota|limit|fell\b|fallen|unexpected|suspend
  |detach|degrad|drift|skew|reset\b|unplug|eject|crash|violat|too\ (?:many|long|large|old|late)|ended\ (?:with|on)|over\ quota|assumed)""",
    re.VERBOSE | re.IGNORECASE,
)
_RESOURCE = re.compile(
    r"""\b(?:memor|dimm|ecc\b|disks?\b|space|quota|certificat|licen[cs]e|permission|privilege|config|version|link\b|power|psu\b|ups\b|voltage
  |inode|descriptor|schema|keys?\b|keytab|secret|password|lock|cpu\b|battery|temperature|thermal|sensor|fan\b|volume|pool|sequence|table
  |bus\b|segment|firmware|hardware|machine\ check|adapter|driver|drive\b|routes?\b|limit|carrier|nic\b|usb\b|pcie?\b
  |raid|nvme|scsi|sd[a-z]\d*\b|ata\d|md\d|eth\d|bond\d|file\ ?system|ext4|xfs|btrfs|zfs|mount|partition|i/?o\ error
  |journal|read-only|nfs|swap|lvm|vg\b|snapshot)""",
    re.VERBOSE | re.IGNORECASE,
)
_SETTING = re.compile(
    r"""\b(?:config|setting|option|parameter|directive|syntax|parse|invalid|unknown|not\ found|no\ such|missing|permission
  |certificate|keys?\b|password|credential|licen[cs]e|version|expired)""",
    re.VERBOSE | re.IGNORECASE,
)
_LONGEST = 500
# The same messages are asked about each time that windows are joined and parted.
_MOST_ASKED = 4096


@lru_cache(maxsize=_MOST_ASKED)
def says_change(message: str) -> bool:
    """Whether the message speaks of a change."""
    return _CHANGE.search(message[:_LONGEST]) is not None


@lru_cache(maxsize=_MOST_ASKED)
def says_lack(message: str) -> bool:
    """Whether the message speaks of something that is gone, full, refused, lost."""
    return _LACK.search(message[:_LONGEST]) is not None


@lru_cache(maxsize=_MOST_ASKED)
def says_resource(message: str) -> bool:
    """Whether the message names what systems live on, such as memory, a key or a link."""
    return _RESOURCE.search(message[:_LONGEST]) is not None


@lru_cache(maxsize=_MOST_ASKED)
def says_setting(message: str) -> bool:
    """Whether the message speaks of what people set, name or hand out, such as an option, a file or a licence."""
    return _SETTING.search(message[:_LONGEST]) is not None


def hint_of(message: str) -> float:
    """How much a quiet line hints at a cause by its words: 0 to 0.35."""
    change, lack = says_change(message), says_lack(message)
    return 0.35 if change and lack else 0.25 if change or lack else 0.0
