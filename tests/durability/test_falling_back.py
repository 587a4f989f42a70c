"""A server refuses tools, or breaks on its own call, anywhere in a run that is left anywhere: no call stands alone."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.models.scripted import Line
from agent_brain.nets.speaking import SpeakingState
from durability.pairing import check_calls, check_pairs, check_roles
from durability.test_no_orphan import Case, asking, calling, faulty, leave

troubles = st.sampled_from([ModelErrorKind.NO_TOOLS, ModelErrorKind.BROKEN_CALL]).map(
    lambda kind: ModelError(kind, f"a server's word: {kind}", retryable=False)
)
lines = st.lists(calling | asking | faulty | troubles, min_size=2, max_size=7)


class FallingCase(Case):
    """Over tool calls, which the model now and then refuses or breaks on."""

    def __init__(self, drawn: Sequence[Line]) -> None:
        super().__init__(drawn, "native")

    def check(self, env: MemoryEnv) -> None:
        """Look at what each state would ask its model."""
        for name in ("reasoning", "answer"):
            state = self.brain.net[name]
            assert isinstance(state, SpeakingState)
            check_either(state.get_messages(env))

    def check_calls(self) -> None:
        """Look at what the model was in fact sent."""
        for messages in self.model.calls:
            check_either(messages)


def check_either(messages: Sequence[Message]) -> None:
    """Let messages pass that a strict server takes, over whichever wire they are."""
    if any(message["role"] == "tool" or "tool_calls" in message for message in messages):
        check_calls(messages)
    else:
        check_roles(messages)
        check_pairs(messages)


@given(lines, st.integers(0, 120))
def test_a_run_that_falls_back_is_left_at_any_event_and_goes_on(drawn: list[Line], events_max: int) -> None:
    asyncio.run(leave(FallingCase(drawn), events_max))
