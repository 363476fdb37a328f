"""Fresh variables for a scene: its hosts, and other names, devices, addresses and numbers in the place of those of a pack line."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from edgeops.pattern import Pattern
from quantize.data.filling import Filler

_ROLES = "web app db mq cache nas gw auth proxy build edge node worker store log print mes scada pos cam".split()
_SITES = "muc fra lyon dub plant2 hall3 ward5 lab dc1 bj sh gz".split()
_DOMAINS = (
    "corp.example int.example plant.example ops.example clinic.example shop.example uni.example city.example".split()
)
_WORDS = {
    "shop": "market portal depot clinic library stadium airport campus museum".split(),
    "orders": "booking invoices parcels tickets visits claims routes recipes rentals".split(),
    "pricing": "tariffs rates quotes discounts".split(),
    "reports": "exports digests statements".split(),
    "deploy": "ops release svc_deploy automation".split(),
    "backup": "backup nightcopy archive vault".split(),
    "tank": "tank pool0 rpool data1 flash".split(),
    "line3": "line1 line4 press2 oven1".split(),
    "quay": "quay gate dock belt".split(),
}
_WORD = re.compile(rf"(?<![A-Za-z])({'|'.join(_WORDS)})(?![a-z])", re.IGNORECASE)
_HOST = re.compile(
    r"(?<![\w.-])((?:db|web|mq|nas|node|srv|esx|es|ldap|mx|app|mon|gw|host|worker|edge-node-)-?)(\d{1,2})(?![\w])"
)
_DOMAIN = re.compile(r"(?<=[.@])(?:dc2\.example|example\.(?:net|com|org))\b")
_DISK = re.compile(r"(?<![\w-])(/dev/)?sd([a-h])(\d?)(?!\w)")
_PORT = re.compile(r"(?<![\w-])(eno|ens|enp|eth)(\d)")
_PRIVATE = re.compile(r"(?<![\d.])(?:10|172|192)(?:\.\d{1,3}){3}(?![\d.])")
_IDENTIFIER = re.compile(r"(?<![\w.])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,}(?![\w.])")
_NUMBER = re.compile(r"(?<![\w.:/+-])\d{5,10}(?![\w.])")


@dataclass(frozen=True, slots=True)
class Host:
    name: str
    address: str


def hosts(dice: random.Random, count: int) -> tuple[Host, ...]:
    """So many hosts of one site, named as that site names them."""
    style, site, domain = dice.randrange(5), dice.choice(_SITES), dice.choice(_DOMAINS)
    net = f"10.{dice.randint(1, 240)}.{dice.randint(0, 90)}"
    named = []
    for role in dice.sample(_ROLES, count):
        n = dice.randint(1, 12)
        name = (
            f"{role}{n}", f"{site}-{role}-{n:02}", f"{role}{n:02}.{domain}", f"{site}{dice.randint(100, 999)}", f"{role}-{n}",
        )[style]  # fmt: skip
        named.append(Host(name, f"{net}.{dice.randint(2, 250)}"))
    return tuple(named)


@dataclass
class Fresh(Filler):
    """Fills holes and renews pack lines for one scene: the same old name becomes the same new one in all its lines."""

    hosts: tuple[Host, ...] = field(default=())

    def again(self) -> Fresh:
        return Fresh(self.dice, hosts=self.hosts)

    def value(self, what: str) -> str:
        return self.dice.choice(self.hosts).name if what == "peer" and self.hosts else super().value(what)

    def renewed(self, sample: str, pattern: str) -> str:
        """Another line that the pattern fits; its short numbers (errors, limits, ports) mean something and stay."""
        fits = Pattern(pattern).match
        text = sample
        for renew in (self._named, self._numbered_anew):
            other = renew(text)
            text = other if fits(other) else text
        return text

    def _numbered_anew(self, text: str) -> str:
        text = _IDENTIFIER.sub(self._once(self._identifier), text)
        return _NUMBER.sub(self._once(self._number), text)

    def _identifier(self, found: re.Match[str]) -> str:
        return "".join(self.dice.choices("0123456789abcdef", k=len(found[0])))

    def _number(self, found: re.Match[str]) -> str:
        """What is round or a power of two is a limit; of others the size is kept, so that what was too large still is."""
        old = int(found[0])
        if old % 1000 == 0 or old & (old - 1) == 0:
            return found[0]
        rest = len(found[0]) - 2
        return found[0][:2] + "".join(self.dice.choices("0123456789", k=rest))

    def _named(self, text: str) -> str:
        for expression, renew in (
            (_WORD, self._word), (_HOST, self._numbered), (_DOMAIN, lambda _: self.dice.choice(_DOMAINS)),
            (_DISK, self._disk), (_PORT, self._port), (_PRIVATE, self._address),
        ):  # fmt: skip
            text = expression.sub(self._once(renew), text)
        return text

    def _once(self, renew: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
        """The same word gets the same new one."""

        def renewed(found: re.Match[str]) -> str:
            key = f"name {found[0]}"
            if key not in self.kept:
                self.kept[key] = renew(found)
            return self.kept[key]

        return renewed

    def _word(self, found: re.Match[str]) -> str:
        old = found[0].lower()
        new = self.kept.setdefault(f"word {old}", self.dice.choice(_WORDS[old]))
        return new.capitalize() if found[0][0].isupper() else new

    def _numbered(self, found: re.Match[str]) -> str:
        width = len(found[2])
        return f"{found[1]}{self.dice.randint(1, 9 if width == 1 else 40):0{width}}"

    def _disk(self, found: re.Match[str]) -> str:
        letter = self.kept.setdefault(f"disk {found[2]}", self.dice.choice("abcdefgh"))
        return f"{found[1] or ''}sd{letter}{found[3]}"

    def _port(self, found: re.Match[str]) -> str:
        return f"{found[1]}{self.dice.randint(0, 9)}"

    def _address(self, _: re.Match[str]) -> str:
        if self.hosts and self.dice.random() < 0.5:
            return self.dice.choice(self.hosts).address
        return f"10.{self.dice.randint(0, 240)}.{self.dice.randint(0, 90)}.{self.dice.randint(2, 250)}"
