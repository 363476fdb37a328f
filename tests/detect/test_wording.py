"""Which words tell messages from others."""

from __future__ import annotations

from edgeops.detect.wording import opening, topics


def test_a_message_opens_with_its_first_four_plain_words() -> None:
    assert opening("order 10293 of anna was not reserved in time") == ("order", "of", "anna", "was")
    assert opening("4f1c9d2ab7e0 -> 7") == ()


def test_topics_are_parts_of_names_cut_to_their_beginnings() -> None:
    assert topics("InventoryClient - inventories of SHELF_9 gave up") == {"invent", "shelf", "gave"}


def test_what_any_log_speaks_of_is_no_topic() -> None:
    assert topics("error: connection to server failed after timeout") == frozenset()


def test_the_unit_is_a_topic() -> None:
    assert topics("request failed", "vault") == {"vault"}
