"""LLMCompiler: each move, the order of calls, further plans and their bound, plans that cannot be, kills, replays."""

import asyncio
import re
from collections.abc import Sequence

import pytest

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, Status, tool
from agent_brain.core.errors import SetupError
from agent_brain.core.items import Message
from agent_brain.core.store import Store
from agent_brain.nets.joining import read_join
from agent_brain.nets.llm_compiler import llm_compiler
from nets.walking import check_resumes, find_path

FIRST = "Thought: both at once\n1. find(name='Ann')\n2. find(name='Bob')\n3. put(a=$1, b='$2!')\n4. join()"
LINE = re.compile(r"^(\d+)\. ", re.MULTILINE)


@tool(read_only=True)
def find(name: str) -> str:
    """Find somebody."""
    return f"{name} is 30"


@tool(read_only=True)
def put(a: str, b: str) -> str:
    """Put two texts together."""
    return f"{a}; {b}"


class Compiler:
    """Plans these one after the other, and joins when there is no further one."""

    def __init__(self, *plans: str, join: str = "Thought: known\nFinish(Both are 30.)") -> None:
        self.plans = plans
        self.join = join

    def reply(self, messages: Sequence[Message]) -> str:
        last = messages[-1]["content"]
        shown = "\n".join(message["content"] for message in messages[1:])
        if "Write the tasks" in last:
            following = re.search(r"from (\d+) on", last)
            return next(plan for plan in self.plans if _find_first(plan) == (following[1] if following else "1"))
        if "Decide whether" in last:
            is_done = all(f"${_find_first(plan)} = " in shown for plan in self.plans)
            return self.join if is_done or "No further" in last else "Replan(more is needed)"
        return "I was asked once more."


def _find_first(plan: str) -> str:
    """The number of a plan's first task."""
    first = LINE.search(plan)
    assert first is not None
    return first[1]


def make_brain(
    model: Compiler | ScriptedModel, store: Store | None = None, net: str = "llm_compiler", **parts: object
) -> Brain:
    asked = ScriptedModel(model.reply) if isinstance(model, Compiler) else model
    tools = parts.pop("tools", [find, put])
    return Brain(net=net, model=asked, tools=tools, store=store or MemoryStore(), **parts)  # type: ignore[arg-type]


def make_plans(count: int) -> list[str]:
    return [f"{n}. find(name='part {n}')\n{n + 1}. join()" for n in range(1, count + 1)]


async def test_it_plans_makes_all_calls_and_joins_in_two_calls() -> None:
    brain = make_brain(Compiler(FIRST))

    result = await brain.run("Are they of the same age?", run_id="r")

    assert (result.answer, result.usage.model_calls, result.usage.tool_calls) == ("Both are 30.", 2, 3)
    assert await find_path(brain.store) == ["work", "action", "work", "join", "answer"]
    [last] = [item.action for item in result.env.log if item.action and item.action.name == "put"]
    assert last.args == {"a": "Ann is 30", "b": "Bob is 30!"}


@pytest.mark.parametrize("replans", range(4))
async def test_it_takes_two_calls_for_each_plan(replans: int) -> None:
    brain = make_brain(Compiler(*make_plans(1 + replans)), net="llm_compiler(replans_max=3)")
    result = await brain.run("Who?", run_id="r")
    assert (result.answer, result.status) == ("Both are 30.", Status.ANSWERED)
    assert (result.usage.model_calls, result.usage.tool_calls) == (2 * (1 + replans), 1 + replans)
    assert (await find_path(brain.store)).count("plan") == replans


async def test_replanning_happens_once_where_one_replan_is_allowed() -> None:
    brain = make_brain(Compiler(*make_plans(2)), net="llm_compiler(replans_max=1)")
    result = await brain.run("Who?", run_id="r")
    assert (await find_path(brain.store)).count("plan") == 1
    assert (result.status, result.usage.model_calls, result.usage.tool_calls) == (Status.ANSWERED, 4, 2)


async def test_without_replans_a_joiner_is_told_so() -> None:
    brain = make_brain(Compiler(*make_plans(2)), net="llm_compiler(replans_max=0)")
    result = await brain.run("Who?", run_id="r")
    assert (result.answer, result.usage.model_calls) == ("Both are 30.", 2)
    assert "plan" not in await find_path(brain.store)


async def test_a_joiner_that_wants_ever_more_plans_comes_to_an_end() -> None:
    def reply(messages: Sequence[Message]) -> str:
        last = messages[-1]["content"]
        if "Decide whether" in last:
            return "Replan(never enough)"
        if "Write the tasks" in last:
            first = re.search(r"from (\d+) on", last)
            return f"{first[1] if first else 1}. find(name='Ann')"
        return "As far as I know, 30."

    brain = make_brain(ScriptedModel(reply), net="llm_compiler(replans_max=2)")
    result = await brain.run("Who?", run_id="r")
    assert (result.status, result.answer) == (Status.LIMITED, "As far as I know, 30.")
    assert (await find_path(brain.store)).count("plan") == 2
    assert result.usage.model_calls == 2 * 3 + 1


async def test_a_further_plan_sees_the_results_and_may_refer_to_them() -> None:
    second = "4. put(a='$1', b='$3')\n5. join()"
    brain = make_brain(Compiler(FIRST, second))
    result = await brain.run("Who?")
    last = next(item.action for item in reversed(result.env.log) if item.action)
    assert last.args == {"a": "Ann is 30", "b": "Ann is 30; Bob is 30!"}


async def test_calls_run_at_the_same_time_and_dependants_after_them() -> None:
    order: list[str] = []
    both = asyncio.Barrier(2)

    @tool
    async def meet(who: str) -> str:
        """Meet the other one."""
        await both.wait()
        order.append(who)
        return who

    @tool
    def note(who: str) -> str:
        """Note."""
        order.append(who)
        return who

    plan = "1. note('$3 last')\n2. meet('Ann')\n3. meet('Bob')\n4. join()"
    await asyncio.wait_for(make_brain(Compiler(plan), tools=[meet, note]).run("Go."), 10)
    assert sorted(order[:2]) == ["Ann", "Bob"]
    assert order[2] == "Bob last"


@pytest.mark.parametrize("wrong", ["1. find('$7')", "1. find('$2')\n2. find('$1')", "1. find('$1')"])
async def test_a_dangling_or_cyclic_reference_is_corrected_and_never_waited_for(wrong: str) -> None:
    def reply(messages: Sequence[Message]) -> str:
        last = messages[-1]["content"]
        if "Decide whether" in last:
            return "Finish(30)"
        return FIRST if "<correction>" in last else wrong

    brain = make_brain(ScriptedModel(reply))
    result = await asyncio.wait_for(brain.run("Who?", run_id="r"), 10)
    assert (result.answer, result.usage.model_calls, result.usage.tool_calls) == ("30", 3, 3)
    assert (await find_path(brain.store))[:2] == ["plan", "work"]


@pytest.mark.parametrize("wrong", ["1. find('$7')", "1. find('$2')\n2. find('$1')", "Let me think."])
async def test_a_plan_that_stays_wrong_is_joined_all_the_same(wrong: str) -> None:
    model = ScriptedModel(lambda messages: "Finish(none)" if "Decide whether" in messages[-1]["content"] else wrong)
    result = await asyncio.wait_for(make_brain(model).run("Who?"), 10)
    assert (result.answer, result.usage.model_calls, result.usage.tool_calls) == ("none", 3, 0)


async def test_each_plan_has_corrections_of_its_own() -> None:
    def reply(messages: Sequence[Message]) -> str:
        last = messages[-1]["content"]
        first = re.search(r"from (\d+) on", last)
        number = int(first[1]) if first else 1
        if "Decide whether" in last:
            return "Replan(more)" if "$2 = " not in last else "Finish(30)"
        return f"{number}. find(name='Ann')" if "<correction>" in last else f"{number}. find('$99')"

    result = await make_brain(ScriptedModel(reply)).run("Who?")
    assert (result.answer, result.usage.model_calls, result.usage.tool_calls) == ("30", 6, 2)


async def test_a_number_that_is_taken_is_corrected() -> None:
    def reply(messages: Sequence[Message]) -> str:
        last = messages[-1]["content"]
        if "Decide whether" in last:
            return "Replan(more)" if "$2 = " not in last else "Finish(30)"
        return "2. find('Bob')" if "<correction>" in last else "1. find('Ann')"

    result = await make_brain(ScriptedModel(reply)).run("Who?")
    assert any("$1 is there already" in item.text for item in result.env.log)
    assert (result.answer, result.usage.tool_calls) == ("30", 2)


async def test_a_limit_in_the_middle_is_answered_from_what_is_there() -> None:
    def reply(messages: Sequence[Message]) -> str:
        return FIRST if "Write the tasks" in messages[-1]["content"] else "Ann is 30, and Bob."

    brain = make_brain(model := ScriptedModel(reply), limits=Limits(tool_calls=2))
    result = await brain.run("Who?")
    assert (result.status, result.answer) == (Status.LIMITED, "Ann is 30, and Bob.")
    assert "  Bob is 30" in model.calls[-1][-1]["content"]
    assert "it was stopped before" in model.calls[-1][-1]["content"]


@pytest.mark.parametrize(
    ("text", "verdict", "said"),
    [
        ("Thought: known\nAction: Finish(42)", "finish", "42"),
        ("Finish(it is f(x) (so (they) say))", "finish", "it is f(x) (so (they) say)"),
        ("**Finish**('Ann's house')", "finish", "'Ann's house'"),
        ('I think.\n- Finish("two\nlines")', "finish", "two\nlines"),
        ("Finish(do not Replan(x))", "finish", "do not Replan(x)"),
        ("Thought: one could Finish(now), but no.\nReplan(more is needed)", "replan", "more is needed"),
        ("I shall Replan(more).", "replan", "more"),
        ("Finish(cut off", "finish", "cut off"),
        ("Finish: it is 42.", "finish", "it is 42."),
        ("Verdict: replan", "replan", "Verdict: replan"),
        ("It is 42.", "finish", "It is 42."),
    ],
)
def test_what_a_joiner_says_is_read_in_whatever_way_it_writes_it(text: str, verdict: str, said: str) -> None:
    joined = read_join(text)
    assert (joined.verdict, joined.said) == (verdict, said)


async def test_an_answer_of_a_type_is_the_joiners_where_it_fits() -> None:
    fits = make_brain(Compiler(FIRST, join="Finish(30)"), answer_type=int)
    unfit = make_brain(Compiler(FIRST, join="Finish(thirty)"), answer_type=int, tools=[find, put])
    result = await fits.run("How old?")
    assert (result.value, result.usage.model_calls) == (30, 2)
    assert (await unfit.run("How old?")).error is not None


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_it_resumes_wherever_it_was_killed_and_replays_the_same(wire: str) -> None:
    store = MemoryStore()

    def make() -> Brain:
        return make_brain(Compiler(FIRST, "4. find('$3')"), store, wire=wire)

    whole = await make().run("Who?", run_id="r")
    assert whole.usage.model_calls == 4
    await check_resumes(make, whole)


def test_less_than_no_replan_is_refused() -> None:
    with pytest.raises(SetupError, match="replans_max is -1"):
        make_brain(Compiler(FIRST), net="llm_compiler(replans_max=-1)")


def test_its_table_has_one_way_back_to_the_plan() -> None:
    assert {name for name, row in llm_compiler.table.items() if "plan" in row} == {"plan", "join"}
