"""Families of models by their names: how many tokens their tokenizers make of a character, at most.

Measured with `benchmarks/tokens.py` on prose, code, JSON and emoji; a name that no row knows is counted by the weights
that hold for all of them (`core/tokens.py`).
"""

import re
from functools import lru_cache

from agent_brain.core.tokens import ANY, Weights

FAMILIES: tuple[tuple[str, re.Pattern[str], Weights], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE), weights)
    for name, pattern, weights in (
        # The vocabulary o200k_base, which gpt-oss has as well
        (
            "o200k",
            r"^(?:chatgpt-|gpt-(?:4o|4\.[15]|[56]|oss)|o[1-9]\b)",
            Weights(0.31, 0.95, 0.57, 0.02, 0.32, 0.82, 2.7),
        ),
        ("cl100k", r"^gpt-(?:4|3\.5)(?![.o\d])", Weights(0.36, 1.3, 0.34, 0.02, 0.57, 1.38, 3.5)),
        ("llama3", r"(?:^|[-_])llama[-_]?3", Weights(0.37, 1.3, 0.34, 0.02, 0.37, 0.85, 3.7)),
        ("deepseek", r"^deepseek-(?!llm|coder)(?!.*distill)", Weights(0.34, 1.05, 0.52, 0.02, 0.36, 0.8, 2.8)),
        ("qwen", r"^(?:qwen|qwq)", Weights(0.3, 1.3, 1.0, 0.45, 0.33, 1.2, 3.3)),
        (
            "mistral",
            r"^(?:open-)?(?:mis|mix|codes|devs|minis|magis|pix)tral",
            Weights(0.34, 1.3, 1.0, 0.45, 0.4, 1.6, 4.3),
        ),
        ("minimax", r"^minimax-m", Weights(0.31, 1.0, 0.52, 0.02, 0.37, 0.8, 2.6)),
    )
)
"""The first row that knows a name counts."""


@lru_cache(maxsize=256)
def find_weights(model: str) -> Weights:
    """The weights of a model's family; `vendor/name` is looked up by its name."""
    name = model.rpartition("/")[2]
    return next((weights for _, pattern, weights in FAMILIES if pattern.search(name)), ANY)
