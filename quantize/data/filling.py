"""Fills `<ip>`, `<int 1 90>`, `<a|b|c>`… in a text with fresh values; `<hex 9#x>` is the same wherever `#x` stands again."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from edgeops.pattern import Pattern

_HOLE = re.compile(r"<([^<>#]+)(?:#(\w+))?>")
_USERS = "anna ben carla deploy emil fatima greta hugo ines jonas karim lena".split()
_HEX = "0123456789abcdef"
_NUMBER = re.compile(r"\d+")
_LIKE_HEX = re.compile(r"(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,}")


@dataclass
class Filler:
    """Fresh values from one pair of dice. kept are the values of labels; fresh digits of old words are kept as well."""

    dice: random.Random
    kept: dict[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        return _HOLE.sub(self._hole, text)

    def again(self) -> Filler:
        """The same dice for another message or job: labels start anew."""
        return Filler(self.dice)

    def _hole(self, hole: re.Match[str]) -> str:
        what, label = hole.groups()
        if not label:
            return self.value(what)
        return self.kept.setdefault(f"{what}#{label}", self.value(what))

    def value(self, what: str) -> str:
        """A fresh value of what stands in the brackets; what is not known stays as it is."""
        dice = self.dice
        kind, *rest = what.split()
        if kind == "ip":
            return f"10.20.{dice.randint(0, 9)}.{dice.randint(2, 250)}"
        if kind == "pub":
            return f"{dice.choice(['198.51.100', '203.0.113', '192.0.2'])}.{dice.randint(1, 254)}"
        if kind == "user":
            return dice.choice(_USERS)
        if kind == "ms":
            return str(int(dice.lognormvariate(3.5, 0.8)))
        if kind == "int":
            return str(dice.randint(int(rest[0]), int(rest[1])))
        if kind == "hex":
            return "".join(dice.choices(_HEX, k=int(rest[0])))
        if kind == "uuid":
            return "-".join("".join(dice.choices(_HEX, k=n)) for n in (8, 4, 4, 4, 12))
        return dice.choice(what.split("|")) if "|" in what else f"<{what}>"

    def vary(self, sample: str, pattern: str) -> str:
        """The sample of a rule with other variables, which the pattern still fits; a word varies alike everywhere."""
        found = Pattern(pattern).expression.search(sample)
        if found is None:
            return sample
        pieces, at = [], 0
        spans = sorted(found.span(name) for name in found.groupdict() if found[name])
        for start, end in spans:
            pieces += [sample[at:start], self._varied(sample[start:end])]
            at = end
        varied = "".join([*pieces, sample[at:]])
        return varied if Pattern(pattern).match(varied) else sample

    def _varied(self, word: str) -> str:
        if word not in self.kept:
            fresh = _LIKE_HEX.sub(lambda f: "".join(self.dice.choices(_HEX, k=len(f[0]))), word)
            self.kept[word] = fresh if fresh != word else _NUMBER.sub(self._digits, word)
        return self.kept[word]

    def _digits(self, found: re.Match[str]) -> str:
        length = len(found[0])
        if length > 3:
            return str(self.dice.randint(10 ** (length - 1), 10**length - 1))
        # Small numbers (an octet, an errno's neighbour, a disk's number) stay small.
        return str(self.dice.randint(1, max(int(found[0]), 2)))
