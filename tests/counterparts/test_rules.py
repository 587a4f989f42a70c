"""The rules for a run's requests."""

import pytest

from counterparts.rules import Conversation, RuleBroken, check_shape

SYSTEM, GOAL = {"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is 2 + 3?"}
THOUGHT, SEEN = {"role": "assistant", "content": "I add."}, {"role": "user", "content": "It is 5."}


def test_a_growing_conversation_with_a_directive_at_its_end_keeps_the_rules() -> None:
    run = Conversation()
    run.check([SYSTEM, GOAL])
    run.check([SYSTEM, GOAL, THOUGHT, SEEN])
    run.check(
        [SYSTEM, GOAL, THOUGHT, {"role": "user", "content": "It is 5.\n\n<instruction>\nAnswer.\n</instruction>"}]
    )
    run.check([SYSTEM, GOAL, THOUGHT, {"role": "user", "content": "It is 5.\n\nGo on."}])


@pytest.mark.parametrize(
    "messages",
    [
        [GOAL],
        [SYSTEM],
        [SYSTEM, GOAL, THOUGHT],
        [SYSTEM, GOAL, GOAL],
        [SYSTEM, GOAL, {"role": "assistant", "content": " "}, SEEN],
        [SYSTEM, {"role": "tool", "content": "5"}],
        [SYSTEM, {"role": "user", "content": None}],
        [SYSTEM, SYSTEM, GOAL],
        [],
    ],
)
def test_a_malformed_request_is_refused(messages: list[dict[str, str]]) -> None:
    with pytest.raises(RuleBroken):
        check_shape(messages)


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "system", "content": "Be long."}, GOAL, THOUGHT, SEEN],
        [SYSTEM, GOAL],
        [SYSTEM, GOAL, {"role": "assistant", "content": "I add them."}, SEEN],
        [SYSTEM, GOAL, THOUGHT, {"role": "user", "content": "It was 5."}],
    ],
)
def test_a_request_that_changes_what_was_shown_is_refused(messages: list[dict[str, str]]) -> None:
    run = Conversation()
    run.check([SYSTEM, GOAL, THOUGHT, SEEN])
    with pytest.raises(RuleBroken):
        run.check(messages)
