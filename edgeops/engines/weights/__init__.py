"""Model files made here: an adapter folded into its base, re-quantised for this CPU, judged against where it came from."""
