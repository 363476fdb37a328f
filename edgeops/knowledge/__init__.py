"""What is known: the starter pack, the store, the search."""

import os

# On matrices as small as ours two threads wait for each other a hundred times longer than they compute. numpy's library
# reads this once, when it is first loaded: by us or, earlier, by sqlite-utils.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
