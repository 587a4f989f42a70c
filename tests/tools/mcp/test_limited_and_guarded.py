"""Limits of single tools and guards know the tools of MCP servers by the names that the model knows them by."""

from dataclasses import replace

from agent_brain.brain import Brain
from agent_brain.core.guards import GuardContext, Refuse
from agent_brain.core.items import Action, Observation, OutcomeStatus
from agent_brain.core.records import Status
from agent_brain.engine.limits import Limits
from agent_brain.engine.result import Result
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.mcp.server import McpServer
from tools.mcp.serving import Told, small


def call(name: str) -> str:
    return f'{{"name": "{name}", "args": {{"a": 2, "b": 3}}}}'


def find_servers(told: Told) -> list[McpServer]:
    """Two servers with tools of the same names, which get their servers' names before their own."""
    return [small(told), replace(small(told), name="other")]


def get_outcomes(result: Result) -> list[tuple[str, str]]:
    return [(item.action.name, item.outcome.text) for item in result.env.log if item.action and item.outcome]


async def test_a_limit_counts_the_calls_of_one_servers_tool_alone(told: Told) -> None:
    model = ScriptedModel([call("small_add"), call("other_add"), call("other_add"), call("small_add"), "5."])
    limits = Limits(calls_of={"small_add": 1})
    async with Brain(model=model, tools=find_servers(told), limits=limits) as brain:
        result = await brain.run("Go.")

    assert result.status is Status.LIMITED
    assert result.env.limit == "the limit of 1 call of small_add was reached"
    assert [name for name, _ in get_outcomes(result)] == ["small_add", "other_add", "other_add"]


async def test_guards_see_the_names_and_the_results_of_a_servers_tools(told: Told) -> None:
    def spare_other(action: Action, context: GuardContext) -> Refuse | None:
        return Refuse("ask small") if action.name == "other_add" else None

    def mark(action: Action, observation: Observation, context: GuardContext) -> str:
        return f"{action.name} says {observation.text}"

    model = ScriptedModel([f"[{call('other_add')}, {call('small_add')}]", "Ok.", "5."])
    async with Brain(model=model, tools=find_servers(told), before_tool=spare_other, after_tool=mark) as brain:
        result = await brain.run("Go.")

    assert get_outcomes(result) == [("other_add", "it was not run: ask small"), ("small_add", "small_add says 5")]
    assert [item.outcome.status for item in result.env.log if item.outcome] == [
        OutcomeStatus.FAILED, OutcomeStatus.FINISHED
    ]  # fmt: skip
