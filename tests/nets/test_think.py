"""The think tool: who has it, what it does, what it costs, and reasoning that is kept between calls."""

import json
from collections.abc import Sequence

import pytest

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, Status, tool
from agent_brain.core.chat import Reply
from agent_brain.core.errors import SetupError
from agent_brain.core.items import ItemKind, Message, OutcomeStatus, ReplyCall
from agent_brain.core.net import Net
from agent_brain.core.state import END
from agent_brain.models.scripted import Line
from agent_brain.nets.answering import QuotedAnswerState
from agent_brain.nets.react import react_brief
from agent_brain.nets.sub_run import SubRunState
from agent_brain.nets.think import make_think, think
from agent_brain.nets.words import load_words
from agent_brain.tools.mcp.server import McpServer
from agent_brain.wiring.tools import make_tools
from nets.walking import check_resumes, find_path

WORDS = load_words("think")
GOAL = "May Ann have her money back?"


@tool(read_only=True)
def look_up(rule: int) -> str:
    """Look a rule up."""
    return f"rule {rule} says yes"


CALLS = [
    ("look_up", {"rule": 1}),
    ("think", {"thought": "Rule 1 applies; all is there."}),
    ("look_up", {"rule": 2}),
]


def make_model(*, native: bool = False) -> ScriptedModel:
    """Looks a rule up, thinks, looks another one up, and says yes."""

    def reply(messages: Sequence[Message]) -> Line:
        done = sum(m["content"].count("</observation>") + (m["role"] == "tool") for m in messages[1:])
        if done == len(CALLS):
            return Reply("Yes.", "All was checked.")
        name, args = CALLS[done]
        if native:
            return Reply("", f"Reason {done}.", calls=(ReplyCall(name, json.dumps(args)),))
        return json.dumps({"name": name, "args": args})

    return ScriptedModel(reply)


def nest(net: Net) -> Net:
    """A net whose first state has another one answer."""
    states = {"reasoning": SubRunState(net, then="answer"), "answer": QuotedAnswerState()}
    return Net("outer", states, {"reasoning": {"answer"}, "answer": {END}})


def make_brain(model: ScriptedModel | None = None, net: str | Net = "think", **options: object) -> Brain:
    return Brain(net=net, model=model or make_model(), tools=[look_up], **options)  # type: ignore[arg-type]


async def test_a_thought_is_an_action_that_does_nothing_and_costs_a_call() -> None:
    brain = make_brain(store=MemoryStore())

    result = await brain.run(GOAL, run_id="r")

    assert (result.answer, result.usage.model_calls) == ("Yes.", len(CALLS) + 1)
    item = result.env.log[4]
    assert item.action is not None
    assert item.outcome is not None
    assert item.action.args == CALLS[1][1]
    assert (item.outcome.text, item.outcome.status) == (WORDS["acknowledgement"], OutcomeStatus.FINISHED)
    assert await find_path(brain.store) == [*["action", "reasoning"] * 3, "answer"]


def test_this_net_alone_brings_it() -> None:
    assert [spec.name for spec in make_brain().tools.specs] == ["look_up", "think"]
    assert [spec.name for spec in make_brain(net="react").tools.specs] == ["look_up"]


async def test_its_model_is_told_of_the_tool_and_when_to_use_it() -> None:
    model = make_model()
    await make_brain(model).run(GOAL)

    system = model.calls[0][0]["content"]
    assert system.startswith(f"{react_brief.instructions}\n\n{WORDS['instructions']}")
    assert WORDS["tool"] in system
    assert WORDS["thought"] in system


def test_it_can_be_put_around_any_net() -> None:
    brain = make_brain(net="think(refact)")

    assert set(brain.net.states) == {"reasoning", "action", "reflect", "answer"}
    assert "think" in {spec.name for spec in brain.tools.specs}


def test_around_a_net_that_does_not_act_it_is_refused() -> None:
    assert set(make_brain(net="think(plan_execute)").net.states) == {"plan", "step", "replan", "answer"}
    with pytest.raises(SetupError, match="net 'self_refine' lets its model choose no actions"):
        make_brain(net="think(self_refine)")


def test_inside_another_net_it_is_brought_along_and_once() -> None:
    twice = Net(
        "twice",
        {
            "reasoning": SubRunState(think, then="more"),
            "more": SubRunState(make_think(WORDS, react_brief), then="answer"),
            "answer": QuotedAnswerState(),
        },
    )

    assert [spec.name for spec in make_brain(net=twice).tools.specs] == ["look_up", "think"]


async def test_a_run_inside_can_think() -> None:
    result = await make_brain(make_model(), nest(think)).run(GOAL)

    assert result.answer == "Yes."
    assert result.usage.tool_calls == len(CALLS)


def test_another_tool_of_that_name_is_refused() -> None:
    def think(text: str) -> str:
        """Think."""
        return text

    with pytest.raises(SetupError, match="two tools are called 'think'"):
        Brain(net="think", model=make_model(), tools=[think])


def test_the_words_of_the_tool_are_part_of_what_the_net_is() -> None:
    other = make_think({**WORDS, "tool": "Write a thought down."})

    assert other.fingerprint != think.fingerprint
    assert other.shape["tool think"] == "Write a thought down."


async def test_reasoning_is_kept_between_calls_beside_the_call_that_it_led_to() -> None:
    model = make_model(native=True)
    result = await make_brain(model, wire="native").run(GOAL)

    kept = [(m["reasoning"], m["tool_calls"][0]["function"]["name"]) for m in model.calls[-1] if "reasoning" in m]
    assert kept == [("Reason 0.", "look_up"), ("Reason 1.", "think"), ("Reason 2.", "look_up")]
    assert [item.kind for item in result.env.log].count(ItemKind.ACTION) == len(CALLS)


@pytest.mark.parametrize("calls", [1, 2, 3])
async def test_a_limit_is_met_with_an_answer(calls: int) -> None:
    def reply(messages: Sequence[Message]) -> str:
        return "asked for" if "final answer" in messages[-1]["content"] else json.dumps({"name": "think", "args": {}})

    result = await make_brain(ScriptedModel(reply), limits=Limits(model_calls=calls)).run(GOAL)

    assert (result.answer, result.status, result.usage.model_calls) == ("asked for", Status.LIMITED, calls)


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_a_run_killed_anywhere_comes_to_the_same_end(wire: str) -> None:
    store = MemoryStore()

    def make() -> Brain:
        return make_brain(make_model(native=wire == "native"), store=store, wire=wire)

    await check_resumes(make, await make().run(GOAL, run_id="r"))


@pytest.mark.parametrize("server", [[], [McpServer(command="never-started")]])
def test_a_toolbox_is_given_it_with_all_that_it_has(server: list[McpServer]) -> None:
    box = make_tools([look_up, *server])
    brain = Brain(net="think", model=make_model(), tools=box)

    assert [spec.name for spec in brain.tools.specs] == ["look_up", "think"]
    assert type(brain.tools) is type(box)
    assert [spec.name for spec in box.specs] == ["look_up"]


def test_tools_that_cannot_be_added_to_are_refused() -> None:
    class Ready:
        """Tools of its own kind."""

        specs = ()

        def call(self, action: object, action_id: str) -> None:
            raise NotImplementedError

    with pytest.raises(SetupError, match=r"the memory or the net brings tools \(think\); wanted tools as a list"):
        Brain(net="think", model=make_model(), tools=Ready())  # type: ignore[arg-type]
