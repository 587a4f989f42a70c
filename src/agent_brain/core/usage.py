"""What a run has spent, as a value that adds up."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls, tokens, seconds and money; `a + b` adds each of them."""

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
    cost_usd: float = 0.0
    """What `priced_tokens` cost, as the server or a table of prices says."""
    priced_tokens: int = 0
    """Those of all tokens whose price is known; that of the others is unknown, not zero."""

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens

    @property
    def unpriced_tokens(self) -> int:
        """Those that nobody knows the price of."""
        return max(0, self.tokens - self.priced_tokens)

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(  # written out: it is made several times a step
            self.model_calls + other.model_calls,
            self.tool_calls + other.tool_calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            self.estimated_tokens + other.estimated_tokens,
            self.seconds + other.seconds,
            self.cost_usd + other.cost_usd,
            self.priced_tokens + other.priced_tokens,
        )

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(*(getattr(self, name) - getattr(other, name) for name in _NAMES))


_NAMES = tuple(field.name for field in fields(Usage))

CHARACTERS_PER_TOKEN = 4
"""A rough average for English text, used only where a server reports no usage."""


def describe_cost(usage: Usage) -> str:
    """What it cost, in words: what is unknown is told apart."""
    if usage.tokens and not usage.priced_tokens:
        return "unknown"
    unknown = f" and {usage.unpriced_tokens:,} tokens of unknown price" if usage.unpriced_tokens else ""
    return f"{describe_dollars(usage.cost_usd)}{unknown}"


def describe_dollars(amount: float) -> str:
    """An amount with the digits that matter: cents, or as many places as a small one needs."""
    if 0 < amount < 1e-6:
        return "less than $0.000001"
    if 0 < amount < 0.01:
        return f"${amount:.6f}".rstrip("0").rstrip(".")
    return f"${amount:,.{2 if amount >= 1 or not amount else 4}f}"


def estimate_tokens(characters: int) -> int:
    """Tokens that a text of this length may have, rounded up."""
    return -(-characters // CHARACTERS_PER_TOKEN)
