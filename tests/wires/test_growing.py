"""A log that grows is shown as if it were shown from its beginning each time, and is not."""

import copy
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.digest import digest_messages
from agent_brain.core.growing_prompt import GrowingPrompt
from agent_brain.core.items import Action, Item, ItemKind, Message, Observation
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Wire
from agent_brain.core.tokens import count_characters
from agent_brain.core.tooling import ToolSpec
from agent_brain.wires.growing import ITEMS_MIN, Growing
from agent_brain.wires.messages import ShownText
from agent_brain.wires.native import NativeWire
from agent_brain.wires.text import TextWire
from core.test_memory_env import CHANGES, begin, change

WIRES = [TextWire(), NativeWire()]
HIDDEN = st.none() | st.integers(0, ITEMS_MIN)
"""How far from the end an item stands that is not shown."""
DIRECTIVES = st.sampled_from(["", "Answer."])
TAIL = Item(-1, ItemKind.SHOWN, "Remember this.", "notes")


def begin_long(items: int = ITEMS_MIN + 4) -> MemoryEnv:
    env = begin()
    while len(env.log) < items:
        env.add(ItemKind.THOUGHT, "I add.", reasoning="2 and 3", details={"fields": {"id": len(env.log)}})
        action = Action(name="add", args={"a": len(env.log)})
        env.finish_action(env.start_action(action), Observation("5"))
        env.set_state("reasoning")
    return env


def damage(messages: list[Any]) -> None:
    """What a caller may do to messages that it was given."""
    for message in messages:
        for call in message.get("tool_calls", ()):
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])  # as some servers want them
            call["index"] = 0
        message.get("details", message.get("tool_calls", [])).append({})
    for message in messages[-3:]:
        message["content"] = "changed"
        message.pop("details", None)
    messages.append({"role": "user", "content": "One more."})


@pytest.mark.parametrize("wire", WIRES)
@given(steps=st.lists(st.tuples(CHANGES, HIDDEN, st.booleans(), DIRECTIVES, st.booleans()), max_size=8))
def test_what_a_run_has_grown_by_is_shown_as_the_whole_of_it_would_be(
    wire: TextWire | NativeWire, steps: list[tuple[tuple[Any, ...], int | None, bool, str, bool]]
) -> None:
    env, prompts = begin_long(), GrowingPrompt()
    followed = wire.follow(env.derive)
    before: list[Message] = []
    for (name, *args), hidden, has_tail, directive, is_damaged in steps:
        told = copy.deepcopy(before)
        change(env, name, *args)
        items = [item for item in env.log if hidden is None or item.seq != len(env.log) - 1 - hidden]
        items += [TAIL] if has_tail else []
        messages = followed.get_messages("x", items, [], directive)
        assert messages == wire.get_messages("x", items, [], directive)
        assert prompts.digest(messages) == digest_messages(messages)
        assert prompts.count_characters(messages, ()) == count_characters(messages)
        assert before == told
        if is_damaged:
            damage(messages)
        before = messages


@pytest.mark.parametrize("wire", WIRES)
def test_what_was_shown_stays_as_it_was_while_the_same_reply_grows(wire: TextWire | NativeWire) -> None:
    env = begin_long()
    for number in range(3):
        env.add(ItemKind.THOUGHT, "Also.", details={"fields": {"id": number}})
        shown = wire.follow(env.derive).get_messages("", env.log, [])
        told = copy.deepcopy(shown)
        env.add(ItemKind.THOUGHT, "And then.", details={"fields": {"id": -number}})
        wire.follow(env.derive).get_messages("", env.log, [])
        assert shown == told
        for _ in range(2):
            env.start_action(Action(name="add", args={}))
            shown = wire.follow(env.derive).get_messages("", env.log, [])
            told = copy.deepcopy(shown)
        env.settle("it is over")
        wire.follow(env.derive).get_messages("", env.log, [])
        assert shown == told


@pytest.mark.parametrize("items", [0, ITEMS_MIN + 4])
@pytest.mark.parametrize("wire", WIRES)
def test_who_changes_what_a_message_keeps_of_a_reply_leaves_the_log_as_it_is(
    wire: TextWire | NativeWire, items: int
) -> None:
    env = begin_long(items)
    env.add(ItemKind.THOUGHT, "I add.", details={"by": "its server"})
    messages: list[Any] = wire.follow(env.derive).get_messages("", env.log, [])
    messages[-2]["details"][-1]["by"] = "another"
    assert env.log[-1].details == {"by": "its server"}


class Counting(ShownText):
    """Counts the items that are shown by anyone of its kind."""

    added: list[Item] = []  # noqa: RUF012  # on purpose of all

    def add(self, item: Item) -> None:
        self.added.append(item)
        super().add(item)


def test_a_late_step_shows_what_is_new_and_nothing_else() -> None:
    env = begin_long()
    growing = Growing(Counting)
    growing.show(env.log, "")
    Counting.added.clear()
    growing.show([*env.log, TAIL], "Answer.")
    assert Counting.added == [TAIL]
    env.add(ItemKind.THOUGHT, "One more.")
    Counting.added.clear()
    growing.show(env.log, "")
    assert Counting.added == [env.log[-1]]


@pytest.mark.parametrize("kind", [TextWire, NativeWire])
def test_a_wire_of_ones_own_that_changes_the_messages_does_so_in_late_steps_too(kind: type[Any]) -> None:
    class Polite(kind):  # type: ignore[misc]  # which of the two is seen when it runs
        """Ends each prompt with a word."""

        def get_messages(
            self, instructions: str, items: Sequence[Item], specs: Sequence[ToolSpec], directive: str = ""
        ) -> list[Message]:
            messages: list[Message] = super().get_messages(instructions, items, specs, directive)
            messages[-1]["content"] += " Please."
            return messages

    env = begin_long()
    followed: Wire = Polite().follow(env.derive)
    for _ in range(3):
        said = followed.get_messages("", env.log, [])[-1]["content"]
        assert said.count("Please.") == 1
        env.add(ItemKind.GOAL, "More?")


def test_two_runs_over_one_wire_are_kept_apart() -> None:
    wire = NativeWire()
    first, second = begin_long(), begin_long(ITEMS_MIN + 20)
    for _ in range(2):
        for env in (first, second):
            assert wire.follow(env.derive).get_messages("", env.log, []) == wire.get_messages("", env.log, [])
            env.add(ItemKind.THOUGHT, "On.")
