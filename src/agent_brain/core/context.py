"""What a run has learnt of a model's context: how large it is, how its tokens compare with those counted here."""

from collections.abc import MutableMapping
from dataclasses import dataclass, replace

from agent_brain.core.records import Called, Fitted, Refused

SCALE_MARGIN = 1.1
"""On what was measured: the next prompt may be of another mixture than the last one."""
SCALE_MIN = 0.4
"""Some servers report only what was not in their cache: less than this is not believed."""
SCALE_MAX = 8.0

REPLY_PART = 4
"""What is kept back of a window for the reply, where nobody says how much: a fourth."""
REPLY_TOKENS_MAX = 8192
"""And no more than this."""


@dataclass(frozen=True, slots=True)
class Context:
    """One model's context, as far as a run has learnt of it."""

    window: int = 0
    """Tokens of prompt and reply together, as its server has told, or as its refusals suggest; 0: not known."""
    reply: int = 0
    """Of these, what the server counts for the reply, where it has told."""
    counted: int = 0
    """Tokens of a prompt as counted here."""
    reported: int = 0
    """Tokens of the same prompt as its server counted them."""
    since: int = 0
    """The place in the log from which on items are shown; what was hidden to fit stays hidden, so that caches hold."""

    @property
    def scale(self) -> float:
        """Tokens of its server for one token counted here."""
        if not self.counted or not self.reported:
            return 1.0
        return min(SCALE_MAX, max(SCALE_MIN, self.reported / self.counted * SCALE_MARGIN))


def choose_reply(window: int) -> int:
    """Tokens to keep back for the reply."""
    return min(window // REPLY_PART, REPLY_TOKENS_MAX)


def describe_fit(record: Fitted) -> str:
    """What was hidden to fit, and how much was left, in words."""
    if record.is_silent:
        return (
            f"the server of {record.model} has read {record.after:,} tokens of a prompt of about {record.before:,}: it "
            "must have cut it, and has not said so; tell how large the context is (context_tokens)"
        )
    items = "1 item is" if record.hidden == 1 else f"{record.hidden} items are"
    sizes = f"about {record.before:,} tokens, {record.after:,} of {record.budget:,} with less"
    return f"the prompt did not fit {record.model}: {items} not shown any more ({sizes})"


def describe_refusal(record: Refused) -> str:
    """What was refused, and what the run goes by from there on, in words."""
    said = "as its server says" if record.told[0] == record.window else "as far as can be guessed"
    size = f"its context is {record.window:,}, {said}"
    return f"a prompt of about {record.counted:,} tokens did not fit {record.model}: {size}"


def learn(contexts: MutableMapping[str, Context], record: Called | Fitted | Refused) -> None:
    """Take up what a record says of its model's context."""
    known = contexts.get(record.model, _UNKNOWN)
    match record:
        case Called(counted=counted, reported=reported) if reported:
            contexts[record.model] = replace(known, counted=counted, reported=reported)
        case Fitted(since=since, is_silent=False):
            contexts[record.model] = replace(known, since=since)
        case Refused(counted=counted, window=window, told=(_, prompt, reply)):
            known = replace(known, window=window, reply=reply or 0)
            contexts[record.model] = replace(known, counted=counted, reported=prompt) if prompt else known
        case _:
            pass


_UNKNOWN = Context()
