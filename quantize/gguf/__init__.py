"""Steps from weights to GGUF files: adapters, merged checkpoints, recipes, importance, and the choice among them."""
