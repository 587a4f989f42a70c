"""What is worth remembering now: recency, importance and relevance in one score.

Source: Park et al., Generative Agents, 2023, arXiv 2304.03442: the three are each brought to 0 to 1 over what there is
to choose from, and added up. The authors' code gives the oldest the highest recency; here recency falls with age.
"""

from collections.abc import Sequence

from agent_brain.core.archive import Entry
from agent_brain.memories.searching import Hit

DECAY = 0.995
"""What is left of recency after an hour."""
EQUAL = 0.5
"""What all have where there is no difference."""
HOUR = 3600.0


def weigh(entries: Sequence[Entry], relevances: Sequence[float], now: float, decay: float = DECAY) -> list[Hit]:
    """Each entry with the sum of its three scores, from 0 to 3; a pure function: to look at one makes it no younger."""
    recencies = spread([find_recency(entry, now, decay) for entry in entries])
    importances = spread([float(entry.data.get("importance", 1)) for entry in entries])
    sums = map(sum, zip(recencies, importances, spread(relevances), strict=True))
    return [Hit(entry, score) for entry, score in zip(entries, sums, strict=True)]


def find_recency(entry: Entry, now: float, decay: float = DECAY) -> float:
    """1 for what was used just now; it falls with every hour since."""
    age = max(0.0, now - float(entry.data.get("used", 0.0)))
    return float(decay ** (age / HOUR))


def spread(values: Sequence[float]) -> list[float]:
    """The values moved and stretched to reach from 0 to 1."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    return [EQUAL if low == high else (value - low) / (high - low) for value in values]
