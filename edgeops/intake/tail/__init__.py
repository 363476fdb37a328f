"""The follower of files; see follower.py."""

from edgeops.intake.tail.follower import Tail
from edgeops.intake.tail.pace import Pace

__all__ = ["Pace", "Tail"]
