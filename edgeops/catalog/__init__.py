"""The catalogue of models: which there are, how to fetch one whole and unchanged, and which to load."""
