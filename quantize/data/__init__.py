"""From what is known to what a model can learn: the dataset, one small file a step, each a pure function of the files before it."""
