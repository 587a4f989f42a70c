"""What a run has spent, as a value that adds up."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls, tokens and seconds; `a + b` adds each of them."""

    model_calls: int = 0
    tool_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """Those of `input_tokens` that the server took from its prompt cache."""
    reasoning_tokens: int = 0
    """Those of `output_tokens` that were private reasoning."""
    estimated_tokens: int = 0
    """Those of all tokens that were counted here, because the server reported no usage."""
    seconds: float = 0.0
    """Wall time of finished steps."""

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(getattr(self, name) + getattr(other, name) for name in _NAMES))


_NAMES = tuple(field.name for field in fields(Usage))

CHARACTERS_PER_TOKEN = 4
"""A rough average for English text, used only where a server reports no usage."""


def estimate_tokens(characters: int) -> int:
    """Tokens that a text of this length may have, rounded up."""
    return -(-characters // CHARACTERS_PER_TOKEN)
