"""A run with runs inside it that processes are killed in: a state's net has a brain for a tool, which has another."""

from collections.abc import Sequence

from agent_brain.brain import Brain
from agent_brain.core.net import Net
from agent_brain.core.state import StateType
from agent_brain.core.store import Store
from agent_brain.core.tooling import Tool
from agent_brain.models.scripted import ScriptedModel
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.react import react
from agent_brain.nets.sub_run import SubRunState
from durability.outside import Outside
from durability.work import Meet, Plan, make_tools, speak

PLAN: Plan = [[("pay", 1), ("manage", "See to the rest.")]]
"""What the net inside the state does; `manage` and `work` are brains."""
MANAGED: Plan = ([("look", 2), ("work", "Pay.")], [("ship", 3)])
WORKED: Plan = [[("pay", 4), ("note", 5)]]


def build_nest(store: Store, outside: Outside, meet: Meet) -> Brain:
    """A brain whose run has runs inside, three deep."""
    tools = make_tools(outside, meet)
    worker = _build("worker", WORKED, tools, meet)
    manager = _build("manager", MANAGED, [*tools, worker.as_tool("work", "Works.")], meet)
    net = Net("nest", {"reasoning": SubRunState(react, then=StateType.ANSWER), "answer": AnswerState()})
    hands = [*tools, manager.as_tool("manage", "Manages.")]
    return _build("chief", PLAN, hands, meet, net, store)


def _build(
    name: str, plan: Plan, tools: Sequence[Tool], meet: Meet, net: Net = react, store: Store | None = None
) -> Brain:
    model = ScriptedModel(lambda messages: speak(messages, plan, lambda point: meet(f"{name} {point}")))
    return Brain(net, model=model, tools=tools, store=store)
