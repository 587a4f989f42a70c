"""Brains of every net with every memory, their runs to the end, and what has to hold of them."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import product

from agent_brain import Brain, Limits, RunError, Status, Store, Tool, tool
from agent_brain.core.chat import ChatModel
from agent_brain.core.store import Commit
from agent_brain.engine.result import Result
from agent_brain.models.chaos import ChaosModel, Faults
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.asking import ask_person
from agent_brain.wiring.tables import MEMORIES, NETS, OVERLAYS
from durability.pairing import check_calls, check_roles
from matrix.wild_model import make_wild

SPECS = [
    *MEMORIES,
    *(f"messages+{name}" for name in OVERLAYS),
    "mask(2)+todo+notes",
    "summary(0.5)+lessons",
    "window(3)+goal",
]
WITH_OPTIONS = {"escalation": "escalation(roles='default reasoning')"}
"""Nets that have no meaning without some."""
INSIDE = ["ask(react_brief)", "reflexion(plan_execute)", "retry(refact)", "self_consistency(rewoo)"]
"""Nets with another net inside than their own."""
NAMES = [*(WITH_OPTIONS.get(name, name) for name in NETS), *INSIDE]
REFUSED = set(product(["retry(refact)", "self_consistency(rewoo)"], ["messages+hierarchical"]))
"""Pairs that no brain is made of: attempts that act, and a memory that writes to its store in the middle of them."""
LIMITS = Limits(model_calls=25, tool_calls=20, steps=60)
ENDS = {Status.ANSWERED, Status.LIMITED, Status.FAILED}
FAULTS = Faults(error=0.02, cut=0.03, again=0.08, mangled=0.08, empty=0.04, wrong_action=0.05, resplit=0.3)
QUESTION = "What is 1 + 2 + 2?"


@tool(read_only=True)
def add(a: float, b: float) -> float:
    """Add two numbers."""
    return a + b


@tool(read_only=True)
def fail() -> str:
    """Fail."""
    raise ValueError("it does not work")


@tool(read_only=True, needs_approval=True)
def open_safe(number: int) -> str:
    """Open a safe."""
    return f"safe {number} is empty"


def judge(question: str, answer: str) -> tuple[bool, str]:
    """Lets some answers pass."""
    return "5" in answer, "it is not 5"


@dataclass(frozen=True)
class Cell:
    """A net, a memory, a wire and what their models say."""

    net: str
    memory: str
    wire: str
    seed: int
    is_chaotic: bool = False

    def make_brain(self, store: Store) -> tuple[Brain, Sequence[ScriptedModel]]:
        """A brain of it, and the models that are asked. Raises: SetupError."""
        wild = [make_wild(self.seed + more, is_native=self.wire == "native") for more in (0, 100)]
        asked: list[ChatModel] = [
            ChaosModel(each, FAULTS, seed=self.seed) if self.is_chaotic else each for each in wild
        ]
        tools: list[Tool] = [add, fail, open_safe, ask_person]
        brain = Brain(
            self.net, self.memory, asked[0], tools, reasoning_model=asked[1], wire=self.wire, evaluator=judge,
            limits=LIMITS, store=store,
        )  # fmt: skip
        return brain, wild

    async def finish(self, store: Store, run_id: str, *, is_replayed: bool = False) -> Result:
        """Drive a run of it to its end, check what holds of every end, and perhaps play it back."""
        brain, models = self.make_brain(store)
        result = await run_to_end(brain, run_id)
        assert result.status in ENDS, result.status
        assert result.error is None or isinstance(result.error, RunError)
        assert result.usage.model_calls <= (LIMITS.model_calls or 0) + 2  # a finishing state may mend its answer
        for model in models:
            for messages in model.calls:
                (check_calls if self.wire == "native" else check_roles)(messages)
        if is_replayed:
            (await brain.replay(run_id)).check()
        return result


async def run_to_end(brain: Brain, run_id: str) -> Result:
    """The run, with every question to a person answered."""
    result = await brain.go_on(run_id)
    for _ in range(30):
        if result.status is not Status.WAITING:
            break
        result = await brain.go_on(run_id, {pause.pause_id: _reply(pause.kind) for pause in result.pauses})
    return result


def _reply(kind: str) -> object:
    return True if kind in {"approval", "doubt"} else 0 if kind == "budget" else "Ann"


async def read_commits(store: Store, run_id: str) -> Sequence[Commit]:
    """All that a store keeps of a run."""
    async with aclosing(store.read(run_id)) as commits:
        return [commit async for commit in commits]
