import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mangle
from agent_brain.core.chat import Reply
from agent_brain.core.items import Action
from agent_brain.core.ports import Reading
from agent_brain.core.tooling import ToolSpec
from agent_brain.wires.json_text import parse_json_response
from agent_brain.wires.text import TextWire

SPECS = [ToolSpec("add", "Add.", {"type": "object", "properties": {"a": {}, "b": {}}})]
TOKENS = [
    *("{", "}", "[", "]", '"', "'", "\\", "\n", ",", ":", "#", "“", "\0", "\ud800"),
    *(
        "```",
        "//",
        "/*",
        "null",
        "<|im_end|>",
        "</s>",
        "<think>",
        "</think>",
        "<tool_call>",
        "<function=",
        "[TOOL_CALLS]",
    ),
    "Observation:",
]
FINISHES = ["stop", "length", None]
SAFE = st.characters(exclude_categories=["Cs"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(SAFE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(SAFE), inner, max_size=3),
    max_leaves=6,
)


def show(args: dict[str, object]) -> str:
    return f"I need add.\n```json\n{json.dumps({'name': 'add', 'args': args}, ensure_ascii=False)}\n```"


def mutate(text: str, rng: random.Random) -> str:
    for _ in range(rng.randint(1, 6)):
        at, to = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
        change = rng.randrange(5)
        if change == 0:
            text = text[:at] + chr(rng.randrange(1, 256)) + text[at + 1 :]
        elif change == 1:
            text = text[:to]
        elif change == 2:
            text = text[:to] + text[at:to] + text[to:]
        elif change == 3:
            text = text[:at] + rng.choice(TOKENS) + text[at:]
        else:
            text = text[:at] + text[min(to, at + 5) :]
    return text


def check(reading: Reading) -> None:
    """A reading has actions, or a fault with its remedy, or neither, and can be stored and sent."""
    assert not (reading.actions and reading.fault)
    assert bool(reading.fault) == bool(reading.remedy)
    reading.text.encode()
    for action in reading.actions:
        action.model_dump_json()


@pytest.mark.parametrize("seed", range(10))
def test_mutated_replies_never_raise(seed: int) -> None:
    rng, wire = random.Random(seed), TextWire()
    ways = list(mangle.WAYS.values())
    for _ in range(1000):
        reply = mutate(rng.choice(ways)(show({"a": rng.random(), "b": 'it\'s "x"\n'}), rng), rng)
        check(wire.read(Reply(reply, finish=rng.choice(FINISHES)), SPECS))
        assert isinstance(parse_json_response(reply), dict)


@given(st.lists(st.text() | st.sampled_from([*TOKENS, '{"name": "add", "args": {"a": ']), max_size=12))
def test_no_text_raises_in_a_reading(pieces: list[str]) -> None:
    for finish in FINISHES:
        check(TextWire().read(Reply("".join(pieces), finish=finish), SPECS))


@given(st.dictionaries(st.text(SAFE), VALUES, max_size=4), st.text(SAFE.filter(lambda c: c not in "{[<`")))
def test_a_clean_action_is_always_found_exactly(args: dict[str, object], prose: str) -> None:
    reading = TextWire().read(Reply(f"{prose}\n{show(args)}", finish="stop"), SPECS)
    assert reading.actions == (Action(name="add", args=args),)
    assert reading.text == f"{prose}\n{show(args)}"
