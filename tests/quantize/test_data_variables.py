"""Pack lines with fresh variables: still lines that their pattern fits, with what means something left alone."""

from __future__ import annotations

import random

from edgeops.knowledge.starter import read_folder
from edgeops.pattern import Pattern
from quantize.data.variables import Fresh, hosts

PACK = read_folder()


def fresh(seed: int = 1) -> Fresh:
    dice = random.Random(seed)
    return Fresh(dice, hosts=hosts(dice, 2))


def test_every_renewed_line_still_fits_its_pattern_and_many_are_new() -> None:
    new = total = 0
    for fault in PACK.faults:
        renewer = fresh()
        for rule, sample in zip(fault.rules, fault.samples, strict=True):
            line = renewer.renewed(sample, rule.pattern)
            assert Pattern(rule.pattern).match(line) is not None
            new, total = new + (line != sample), total + 1
    assert new > total / 4


def test_the_same_old_name_becomes_the_same_new_one_within_a_scene() -> None:
    renewer = fresh()
    one = renewer.renewed("orders on 10.20.0.15 refused 8123456 kB", "refused {n:int} kB")
    other = renewer.renewed("lost 10.20.0.15 of orders, 8123456 kB", "lost {host:host}")
    name, address, number = one.split()[0], one.split()[2], one.split()[4]
    assert other == f"lost {address} of {name}, {number} kB"
    assert "orders" not in one


def test_short_numbers_limits_and_powers_of_two_stay() -> None:
    line = "error 111 on port 5432: 65536 of 100000 used, block 7712345"
    renewed = fresh().renewed(line, "used, block {n:int}")
    assert renewed.startswith("error 111 on port 5432: 65536 of 100000 used, block 77")
    assert renewed != line


def test_a_line_that_would_no_longer_fit_stays_as_it_was() -> None:
    assert fresh().renewed("shop.service stopped", "shop.service stopped") == "shop.service stopped"


def test_hosts_of_a_scene_differ_and_a_peer_is_one_of_them() -> None:
    cast = hosts(random.Random(3), 3)
    assert len({host.name for host in cast}) == len({host.address for host in cast}) == 3
    filler = Fresh(random.Random(4), hosts=cast)
    assert filler.fill("<peer>") in {host.name for host in cast}
    told = filler.fill("<peer#p> and <peer#p> and <int 1000 9999#p>")
    first, _, second, _, number = told.split()
    assert first == second and 1000 <= int(number) <= 9999
