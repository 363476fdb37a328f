"""The model-update toolchain: one small file a step, each a function of the files before it. Never imported by edgeops."""
