"""The model-update toolchain: one small file a step, each a function of the files before it. Never imported by edgeops."""

import os

# Before any library of Hugging Face is imported: left to themselves peft and transformers ask the hub about a model's files where
# a path could be a name there, too. tqdm's bars are theirs as well; our steps say what they do.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TQDM_DISABLE", "1")
