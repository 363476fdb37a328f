"""The yardstick of detection: healthy logs, faults put into them, and how well each detector finds them."""
