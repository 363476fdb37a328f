"""What a model is worth: measured on faults that no training saw, beside no model, the base and full precision."""
