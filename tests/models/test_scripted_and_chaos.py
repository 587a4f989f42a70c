"""The twins that say what they are told, and the one that goes wrong on purpose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.chat import Again, Delta, Reply
from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.models.chaos import WRONG_ACTIONS, ChaosModel, Faults
from agent_brain.models.scripted import ScriptedModel
from chat_steps import HELLO, collect, join_text

SAID = "A reply that is long enough to be cut, split and mangled."


async def test_a_list_is_said_in_order_and_its_end_is_an_error() -> None:
    model = ScriptedModel(["one", Reply("two", "because", "length"), lambda messages: messages[0]["content"]])
    replies = [await collect(model) for _ in range(3)]
    assert [join_text(steps) for steps in replies] == ["one", "two", "Hello"]
    assert [step.finish for step in replies[1] if isinstance(step, Delta) and step.finish] == ["length"]
    assert model.calls == [HELLO] * 3
    with pytest.raises(SetupError, match="has 3 replies and was asked for one more"):
        await collect(model)


async def test_an_error_in_the_script_is_raised() -> None:
    model = ScriptedModel([ModelError(ModelErrorKind.QUOTA, "no money"), "back again"])
    with pytest.raises(ModelError, match="no money"):
        await collect(model)
    assert join_text(await collect(model)) == "back again"


async def test_chunks_have_the_size_that_was_asked_for() -> None:
    steps = await collect(ScriptedModel(["abcdefg"], chunk_size=3))
    assert [step.text for step in steps if isinstance(step, Delta) and step.text] == ["abc", "def", "g"]


@given(st.text(max_size=30))
async def test_the_same_seed_and_messages_meet_the_same_faults(content: str) -> None:
    faults = Faults(error=0.1, cut=0.2, again=0.2, mangled=0.2, empty=0.1, wrong_action=0.1, resplit=0.5)
    outcomes = []
    for _ in range(2):
        model = ChaosModel(ScriptedModel(lambda _: SAID), faults, seed=3)
        try:
            outcomes.append(repr(await collect(model, [{"role": "user", "content": content}])))
        except ModelError as error:
            outcomes.append(f"{error.kind} {error}")
    assert outcomes[0] == outcomes[1]


def make_faults(rates: dict[str, float]) -> Faults:
    return Faults(**rates)  # type: ignore[arg-type]  # the keys that are given name rates


async def strike(**rates: float) -> list[Delta | Again]:
    return await collect(ChaosModel(ScriptedModel(lambda _: SAID), make_faults(rates)))


async def test_each_fault_does_what_it_says() -> None:
    with pytest.raises(ModelError, match="the call failed"):
        await strike(error=1)
    with pytest.raises(ModelError, match="was cut") as caught:
        await strike(cut=1)
    assert caught.value.kind is ModelErrorKind.CUT
    assert join_text(await strike(empty=1)) == ""
    assert join_text(await strike(wrong_action=1)) in WRONG_ACTIONS
    assert join_text(await strike(mangled=1)) != SAID
    again = await strike(again=1)
    assert any(isinstance(step, Again) for step in again)
    assert join_text(again) == SAID
    assert join_text(await strike(resplit=1)) == SAID


@pytest.mark.parametrize("rates", [{"cut": 1.5}, {"cut": -1.0}, {"cut": 0.7, "empty": 0.7}])
def test_rates_that_cannot_be_are_refused(rates: dict[str, float]) -> None:
    with pytest.raises(SetupError):
        ChaosModel(ScriptedModel([]), make_faults(rates))
