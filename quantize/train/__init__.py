"""From the dataset and a base model to an adapter (LoRA or DoRA): on two cores or a GPU, within a time, resumable."""
