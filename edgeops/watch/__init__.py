"""The loop that follows logs for ever: every line once into the store, incidents as they come, explained in the background."""
