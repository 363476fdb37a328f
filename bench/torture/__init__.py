"""Long forms of the torture tests."""
