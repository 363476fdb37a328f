"""edgeops: an offline operations assistant that reads logs, explains incidents and remembers fixes."""

__version__ = "0.1.0"
