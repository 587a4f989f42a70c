"""A Brain is put together by name or by object, and says clearly which part does not fit."""

from typing import Any

import pytest

from agent_brain import Brain, Limits, ScriptedModel, SetupError, SpeakingState, UnknownName, react, tool
from agent_brain.core.ports import Lens
from agent_brain.core.state import StateType


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"net": "raect"}, "no net called 'raect'; did you mean 'react'"),
        ({"net": SpeakingState()}, "net is SpeakingState("),
        ({"net": {}}, "net is {}; wanted Net"),
        ({"memory": "mesages"}, "no memory called 'mesages'; did you mean 'messages'"),
        ({"memory": [1]}, "memory is [1]; wanted Memory (an object with render)"),
        ({"model": 3}, "model is 3; wanted ChatModel (an object with name, stream)"),
        ({"model": lambda messages: "x"}, "wanted ChatModel (an object with name, stream)"),
        ({"answering_model": []}, "model is []; wanted ChatModel"),
        ({"wire": "native2"}, "no wire called 'native2'; did you mean 'native'?; known: auto, native, text"),
        ({"wire": object()}, "wanted Wire (an object with get_messages, get_tools, read)"),
        ({"tools": "builtin"}, "tools is 'builtin'; wanted a list of tools or of their names, such as ['builtin']"),
        ({"tools": len}, "tools is <built-in function len>; wanted a list"),
        ({"tools": ["calculat"]}, "no tool called 'calculat'; did you mean 'calculate'"),
        ({"instructions": 3}, "instructions is 3; wanted str"),
        ({"limits": {"steps": 3}}, "limits is {'steps': 3}; wanted Limits, such as Limits(model_calls=10)"),
    ],
)
def test_a_part_that_does_not_fit_is_named_with_what_was_wanted(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(SetupError) as caught:
        Brain(**{"model": ScriptedModel([]), **parts})

    assert words in str(caught.value)


def test_a_state_that_asks_for_a_role_nobody_has_is_refused_when_the_brain_is_made() -> None:
    thinker = SpeakingState(model="reasonning", then=StateType.REASONING)
    net = react.extend("odd", {"extra": thinker}, {StateType.ACTION: {"extra"}})
    with pytest.raises(UnknownName, match="no model role called 'reasonning'; did you mean 'reasoning'"):
        Brain(net, model=ScriptedModel([]))


async def test_what_goes_on_from_something_that_is_no_env_is_refused() -> None:
    brain = Brain(model=ScriptedModel(["a", "b"]))
    result = await brain.run("Why?")
    with pytest.raises(SetupError, match=r"wanted the env of an earlier run, as result\.env"):
        await brain.run("And?", after=result)  # type: ignore[arg-type]


async def test_a_memory_of_ones_own_decides_what_the_model_is_shown() -> None:
    class Last:
        def render(self, env: Any, lens: Lens) -> Any:
            return env.log[-1:]

    model = ScriptedModel(["I think.", "Done."])
    await Brain(memory=Last(), model=model).run("A very long question")

    assert "A very long question" not in str(model.calls[1])


def test_a_brain_tells_what_it_is_made_of() -> None:
    assert repr(Brain(model="offline", tools=["calculate"])) == "<Brain react; default: offline; 1 tool>"


def test_a_limit_on_a_tool_that_there_is_not_is_refused() -> None:
    @tool
    def pay(to: str) -> str:
        """Pay."""
        return to

    with pytest.raises(UnknownName, match=r"no tool to limit \(calls_of\) called 'pya'; did you mean 'pay'"):
        Brain(model="offline", tools=[pay], limits=Limits(calls_of={"pya": 1}))
    Brain(model="offline", tools=[pay], limits=Limits(calls_of={"pay": 1}))
