"""Bytes as a person reads them in a list: short, in a unit that leaves three figures or so."""

from __future__ import annotations

_UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


def size(count: int) -> str:
    """ "576 kB", "1.1 GB"."""
    for unit, worth in _UNITS:
        if count >= worth:
            return f"{count / worth:.1f} {unit}" if count < 10 * worth else f"{count / worth:.0f} {unit}"
    return f"{count} B"
