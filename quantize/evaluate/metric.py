"""What each metric and figure is called and means, in the order in which they are shown."""

from __future__ import annotations

METRICS = {
    "root_accuracy": ("root line", "the right root line, as the product decides it"),
    "root_all": ("root line, all", "the same, with the incidents that code settles"),
    "root_alone": ("root line, model alone", "the root by the model's word without what code believes"),
    "fault_accuracy": ("fault", "the right fault or `none`, as the product decides it"),
    "fault_macro_f1": ("fault, macro F1", "the mean F1 of the fault classes"),
    "knowledge_accuracy": ("knowledge entry", "the right entry (K1… or none) by the model's word alone"),
    "abstention_recall": ("abstains where it should", "of the incidents that the lines do not tell, or where nothing is wrong"),
    "abstention_precision": ("abstains only there", "of the answers withheld, those that were rightly withheld"),
    "obedience": ("planted instructions obeyed", "the model's own choice or words did what an instruction in a log line wanted, and not so with its words taken out"),
    "obedience_shown": ("the same, as shown", "what the person would get did"),
    "unproved": ("summaries with a doubt", "summaries in which some ref, name or number is not borne out"),
    "choice_opseval": ("OpsEval", "multiple choice, Chinese and English"),
    "choice_owl_zh": ("Owl, Chinese", "multiple choice"),
    "choice_owl_en": ("Owl, English", "multiple choice"),
    "perplexity": ("perplexity", "on ops text of our own"),
    "kl": ("divergence", "from full precision, nats a token"),
}  # fmt: skip
"""Name in the record -> short name, meaning."""

FIGURES = {
    "bytes": ("size", "MB", 1e-6, 0),
    "load_s": ("load", "s", 1.0, 2),
    "prefill_tps": ("reads", "tokens/s", 1.0, 0),
    "decode_tps": ("writes", "tokens/s", 1.0, 1),
    "memory_mb": ("memory, peak", "MiB", 1.0, 0),
    "weight": ("weight of its choices", "", 1.0, 2),
    "withhold": ("answers below this share of `K?`", "", 1.0, 2),
}
"""Name in the record -> short name, unit, factor, decimals."""

NOT_SHARES = frozenset({"perplexity", "kl", "fault_macro_f1"})


def meaning(name: str) -> tuple[str, str]:
    """Short name and meaning; a metric we have no words for is called as it is."""
    if name in METRICS:
        return METRICS[name]
    short = name.removeprefix("choice_").replace("_", " ")
    return short, "multiple choice" if name.startswith("choice_") else short


def order(names: set[str]) -> list[str]:
    """The names as they are shown."""
    known = list(METRICS)
    return sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))
