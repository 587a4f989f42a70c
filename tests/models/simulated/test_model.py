"""The simulated model: what it can play and cannot, over both wires, with every memory that it knows."""

from collections.abc import Sequence

import pytest

from agent_brain import Brain
from agent_brain.core.chat import Delta
from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.items import Message
from agent_brain.evaluators.function import FunctionEvaluator
from agent_brain.evaluators.model import ModelEvaluator
from agent_brain.models.chaos import ChaosModel, Faults
from agent_brain.models.simulated import Parameters, SimulatedModel
from agent_brain.models.simulated.asked import NETS
from agent_brain.models.simulated.houses import House, find_key, tell_found
from agent_brain.models.simulated.stones import MARKS, Stone
from agent_brain.tools.function_tool import tool
from agent_brain.wiring.tables import NETS as ALL_NETS

HOUSE = House("H", 3)
STONE = Stone("S-1", MARKS[:3])
SURE = Parameters(p=1, m=0, h=0, l0=float("inf"), s=1, u=0, v=0, fp=0, fn=0, tau=0)
MEMORIES = [
    "messages", "whole", "window(6)", "budget(9000)", "mask(1)", "summary(tokens=1500)", "fold", "state",
    "messages+goal", "messages+plan", "mask(2)+todo", "messages+lessons", "messages+notes",
    "summary(tokens=1500)+todo+goal",
]  # fmt: skip


@tool(read_only=True)
async def open_door(house: str, door: int, key: str = "") -> str:
    """Open a door."""
    if (
        door > 1
        and key != find_key(house, door - 1)
        and tell_found(house, door - 1, find_key(house, door - 1)) not in key
    ):
        raise ValueError("it stays shut")
    return f"{tell_found(house, door, find_key(house, door))}\n{'dust ' * 150}"


async def is_house_answer(_: str, answer: str) -> bool:
    """The right answer to the house."""
    return answer == HOUSE.answer


def make_brain(net: str, memory: str = "messages", wire: str = "text", parameters: Parameters = SURE) -> Brain:
    """A brain that opens doors."""
    evaluator = FunctionEvaluator(is_house_answer)
    return Brain(net, memory, SimulatedModel(parameters), [open_door], wire=wire, evaluator=evaluator)


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize("memory", MEMORIES)
async def test_one_that_never_errs_opens_all_doors_with_every_memory(memory: str, wire: str) -> None:
    result = await make_brain("react", memory, wire).run(HOUSE.ask())

    assert result.answer == HOUSE.answer


ACTING = [
    "react", "react_brief", "refact", "refact_inline", "think", "rewoo", "retry(react)", "warming(refact)",
    "reflexion(react_brief)", "self_consistency(react_brief)", "verifier(react_brief)", "ask(react)",
    "escalation(react, roles='default reasoning')",
]  # fmt: skip


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize("net", ACTING)
async def test_it_plays_the_nets_that_act(net: str, wire: str) -> None:
    result = await make_brain(net, "mask(2)+todo", wire).run(HOUSE.ask())

    assert result.answer == HOUSE.answer


@pytest.mark.parametrize(
    "net", ["direct", "plan_solve", "self_refine", "self_consistency(direct)", "retry(plan_solve)", "react"]
)
async def test_it_plays_the_nets_that_answer_from_what_they_know(net: str) -> None:
    brain = Brain(net=net, model=SimulatedModel(SURE), evaluator=FunctionEvaluator(is_house_answer))

    assert (await brain.run(STONE.ask())).answer == STONE.answer


@pytest.mark.parametrize("net", sorted(set(ALL_NETS) - set(NETS)))
async def test_a_net_that_it_cannot_play_is_refused_with_those_that_it_can(net: str) -> None:
    brain = make_brain(net)

    with pytest.raises(SetupError, match=r"cannot play .*; it plays the nets direct, retry, "):
        await brain.run(HOUSE.ask())


async def test_a_memory_whose_model_it_cannot_be_is_refused() -> None:
    brain = make_brain("react", "messages+keyfacts")

    with pytest.raises(SetupError, match="cannot keep the memory 'facts'; of those that ask a model it plays: summary"):
        await brain.run(HOUSE.ask())


async def test_a_question_of_no_world_is_refused() -> None:
    with pytest.raises(SetupError, match="finds no goal of theirs in its prompt"):
        await make_brain("react").run("What is 2 + 2?")


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize(("kind", "faults"), [("missing_brace", 0), ("prose", 0), ("wrong_type", 1), ("truncated", 1)])
async def test_malformed_calls_are_faults_where_the_wire_cannot_read_them(kind: str, faults: int, wire: str) -> None:
    parameters = Parameters(p=1, m=1, malformed=(kind,), h=0, tau=0, gamma=0)

    result = await make_brain("react(steps_max=4)", wire=wire, parameters=parameters).run(HOUSE.ask())

    assert sum(result.env.faults.values()) in {3 * faults, 4 * faults}  # the last one is not carried out any more
    assert (result.answer == HOUSE.answer) is not bool(faults)


async def test_errors_in_sight_make_further_errors_and_a_reflection_on_the_last_one_helps() -> None:
    prompt: Message = {"role": "user", "content": HOUSE.ask()}
    failed = '<observation tool="open_door" status="failed">\nit stays shut\n</observation>'
    call = f'```json\n{{"name": "open_door", "args": {{"house": "{HOUSE.name}", "door": 1}}}}\n```'
    tried: list[Message] = [prompt, {"role": "assistant", "content": call}, {"role": "user", "content": failed}] * 3
    reflected: list[Message] = [*tried, {"role": "assistant", "content": "Verdict: revise"}]
    instructed: Message = {"role": "user", "content": "<instruction>\nGo on.\n</instruction>"}

    fresh, spoilt, taught = [await count_right([*shown, instructed]) for shown in ([prompt], tried, reflected)]

    assert fresh == pytest.approx(900, abs=40)  # p = .9
    assert spoilt == pytest.approx(700, abs=55)  # logit p - 3 x .45
    assert taught == pytest.approx(945, abs=30)  # and 2 more


async def count_right(messages: Sequence[Message]) -> int:
    """How often of 1,000 times it opens door 1."""
    system: Message = {"role": "system", "content": 'Tools, one a line:\n{"name":"open_door"}'}
    told: Message = {**system, "content": f"\n{system['content']}"}
    model = SimulatedModel(Parameters(m=0, h=0, tau=0))
    replies = [await say(model.placed(f" 1.reasoning#{visit}"), [told, *messages]) for visit in range(1000)]
    return sum('"door": 1}' in reply for reply in replies)


async def say(model: SimulatedModel, messages: Sequence[Message]) -> str:
    """Its whole reply."""
    [delta] = [step async for step in model.stream(messages)]
    assert isinstance(delta, Delta)
    return delta.text


async def test_it_judges_answers_and_errs_as_often_as_it_is_told() -> None:
    judge = ModelEvaluator(SimulatedModel(Parameters(fp=0.2, fn=0.1)))
    places = [judge.placed(f" 1.judge#{visit}") for visit in range(1000)]

    right = sum([(await each.judge(STONE.ask(), STONE.answer)).passed for each in places])
    wrong = sum([(await each.judge(STONE.ask(), "none of these")).passed for each in places])

    assert right == pytest.approx(900, abs=30)
    assert wrong == pytest.approx(200, abs=40)


async def test_a_place_reaches_it_through_chaos_too() -> None:
    calm = ChaosModel(SimulatedModel(), Faults())
    brains = [Brain(model=model, tools=[open_door], wire="text") for model in (calm, SimulatedModel())]

    logs = [[item.text for item in (await brain.run(HOUSE.ask())).env.log] for brain in brains]

    assert logs[0] == logs[1]


@pytest.mark.parametrize(("rho", "tokens"), [(0.0, None), (50.0, 250)])
async def test_what_it_takes_is_its_prompts_length_or_so_much_a_message(rho: float, tokens: int | None) -> None:
    parameters = Parameters(p=1, m=0, h=0, tau=0, rho_cost=rho)
    result = await make_brain("react_brief", parameters=parameters).run(House("H", 1).ask())

    shown = result.usage.input_tokens
    assert shown == 50 * (2 + 4) if tokens else shown > 500
    assert result.usage.estimated_tokens == 0


def test_parameters_that_are_none_are_refused() -> None:
    with pytest.raises(UnknownName, match="parameter of the simulated model"):
        Parameters.load({"q": 1})
    with pytest.raises(SetupError, match=r"p of the simulated model is 1\.5; wanted a number from 0 to 1"):
        Parameters(p=1.5)
    with pytest.raises(SetupError, match="l0 of the simulated model is 0; wanted a number more than 0"):
        Parameters(l0=0)
    with pytest.raises(UnknownName, match="kind of malformed call"):
        Parameters(malformed=("upside_down",))
