"""The follower of files; see follower.py."""

from edgeops.intake.tail.follower import Pace, Tail

__all__ = ["Pace", "Tail"]
