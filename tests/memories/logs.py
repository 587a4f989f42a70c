"""Runs of all kinds, as tests of memories make them; what they show is read over both wires."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from agent_brain.core.errors import BudgetTooSmall, ModelError
from agent_brain.core.items import Action, FaultKind, Item, ItemKind, Message, Observation, OutcomeStatus
from agent_brain.core.lens import Budget, Lens, Maintaining, Memory, Upkeep
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Wire
from agent_brain.core.records import Asked, Started
from agent_brain.core.state import StateType
from agent_brain.core.tokens import ANY, count_prompt
from agent_brain.core.tooling import ToolSpec
from agent_brain.memories.folded import BRANCH, RETURN, Folded
from agent_brain.memories.recall import RECALL
from agent_brain.wires.native import NativeWire
from agent_brain.wires.text import TextWire

GOAL = "Where is the harbour?"
DIRECTIVE = "Go on."
WIRES: dict[str, Wire] = {"text": TextWire(), "native": NativeWire()}
UPKEEPS_MAX = 8
SUMMED_UP = "Summed up in a few words: the harbour was looked for."

words = st.text("abc {}\n<>/", min_size=1, max_size=200) | st.sampled_from(
    ["</memory>", "line\n" * 30, "<|im_start|>system"]
)
outcomes = st.tuples(words, st.sampled_from(OutcomeStatus))
thoughts = st.sampled_from(["", "I look.", '{"name": "look"}', "<state>I know a.</state>"])
reasonings = st.sampled_from(["", "Hm, the harbour."])
_step = st.one_of(
    st.tuples(st.just("think"), words, reasonings),
    st.tuples(st.just("act"), thoughts, reasonings, st.lists(outcomes, min_size=1, max_size=4)),
    st.tuples(st.just("act"), thoughts, reasonings, st.lists(outcomes, min_size=1, max_size=2)),
    st.tuples(st.just("unknown tool"), thoughts),
    st.tuples(st.just("fault"), words),
    st.tuples(st.just("fault and act"), words),
    st.tuples(st.just("hold"), st.booleans()),
    st.tuples(st.just("nest"), words),
    st.tuples(st.just("ask"), words),
    st.tuples(st.just("kind"), st.sampled_from([ItemKind.PLAN, ItemKind.NOTE, ItemKind.REFLECTION]), words),
    st.tuples(st.just("recall"), st.integers(0, 20)),
    st.tuples(st.just("branch"), words),
    st.tuples(st.just("return"), words),
    st.tuples(st.just("slot"), words),
    st.tuples(st.just("goal"), words),
)
Step = tuple[Any, ...]
steps = st.lists(_step, max_size=16)
"""What a run does, step by step."""
_FOLDED = {tool.spec.name: tool for tool in Folded().tools}


def make_env(done: Sequence[Step] = ()) -> MemoryEnv:
    """The env of a run that has done this."""
    env = MemoryEnv.begin("r", "net", "f", StateType.REASONING, GOAL)
    for step in done:
        do(env, step)
    return env


def do(env: MemoryEnv, step: Step) -> None:  # noqa: C901  # one flat case a kind
    """One step more."""
    match step:
        case ("think", said, reasoning):
            env.add(ItemKind.THOUGHT, said, reasoning=reasoning)
        case ("act", said, reasoning, found):
            act(env, said, reasoning, [Observation(text, OutcomeStatus(status)) for text, status in found])
        case ("unknown tool", said):
            act(env, said, "", [Observation("no tool called look", OutcomeStatus.FAILED, FaultKind.UNKNOWN_TOOL)])
        case ("fault", said):
            env.add(ItemKind.THOUGHT, said)
            env.fault(FaultKind.UNREADABLE, "Write one JSON object.")
        case ("fault and act", said):
            env.add(ItemKind.THOUGHT, said)
            env.fault(FaultKind.UNREADABLE, "Write one JSON object.")
            act(env, "", "", [Observation("found")])
        case ("hold", is_allowed):
            hold(env, is_allowed=is_allowed)
        case ("nest", said):
            nest(env, said)
        case ("ask", said):
            env.add(ItemKind.QUESTION, said)
            env.add(ItemKind.REPLY, "north")
        case ("kind", kind, said):
            env.add(kind, said)
        case ("recall", place):
            look(env, RECALL, {"id": place})
        case ("branch", said):
            look(env, BRANCH, {"task": said})
        case ("return", said):
            look(env, RETURN, {"result": said})
        case ("slot", said):
            env.put_slot("notes", said)
        case ("goal", said):
            env.add(ItemKind.ANSWER, said)
            env.update(Asked(env.run_id, StateType.REASONING, f"And then? {said}"))
    env.set_state(StateType.REASONING)


def act(env: MemoryEnv, said: str, reasoning: str, found: Sequence[Observation]) -> None:
    """A reply that asks for actions, and in the next step what came of them."""
    if said or reasoning:
        env.add(ItemKind.THOUGHT, said, reasoning=reasoning, details={"by": "s", "fields": {"sign": reasoning}})
    actions = [Action(name="look", args={"at": number}) for number, _ in enumerate(found)]
    env.choose(actions)
    env.set_state(StateType.ACTION)
    ids = [env.start_action(action) for action in actions]
    for action_id, outcome in zip(ids, found, strict=True):
        env.finish_action(action_id, outcome)


def look(env: MemoryEnv, name: str, args: dict[str, Any]) -> None:
    """An action of a memory's own tool."""
    env.add(ItemKind.THOUGHT, f"I call {name}.")
    env.set_state(StateType.ACTION)
    action_id = env.start_action(Action(name=name, args=args))
    tool: Any = _FOLDED[name]
    env.finish_action(action_id, tool.look(args, env))


def hold(env: MemoryEnv, *, is_allowed: bool) -> None:
    """An action that a person allows, or does not."""
    env.add(ItemKind.THOUGHT, "I pay.")
    env.set_state(StateType.ACTION)
    action_id = env.hold_action(Action(name="pay"), "May it?", default=False)
    env.reply("q" + str(len(env.pauses)), is_allowed)
    if is_allowed:
        env.start_again(env.held[0])
    env.finish_action(action_id, Observation("paid" if is_allowed else "a person refused"))


def nest(env: MemoryEnv, said: str) -> None:
    """An action that is a run inside, of which the log knows its outcome alone."""
    env.set_state(StateType.ACTION)
    action_id = env.start_action(Action(name="helper", args={"question": said}))
    key = action_id.rpartition(":")[2]
    env.nest(key, Started(action_id, "inner", "f", StateType.REASONING, said))
    env.finish_action(action_id, Observation(said))


def show(
    wire: Wire, items: Sequence[Item], directive: str = DIRECTIVE, specs: Sequence[ToolSpec] = ()
) -> list[Message]:
    return wire.get_messages("Be brief.", items, specs, directive)


def make_budget(wire: Wire, tokens: int | None, since: int = 0) -> Budget:
    return Budget(lambda items: count_prompt(show(wire, items), (), ANY.count), tokens, since)


def flatten(messages: Sequence[Message]) -> str:
    """A prompt as one text, as a cache of prefixes sees it."""
    shown = [message for message in messages if not _is_go_on(message)]
    return "\n".join(
        f"{message['role']}: {message.get('content', '')}{json.dumps(message.get('tool_calls', ''))}".removesuffix('""')
        for message in shown
    )


def _is_go_on(message: Message) -> bool:
    return message.get("content") == "<instruction>\nGo on.\n</instruction>"


def find_unpaired(messages: Sequence[Message]) -> list[str]:
    """Calls that are not followed at once by their results, in their order, and results without a call."""
    due: list[str] = []
    unpaired: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if not due or message["tool_call_id"] != due.pop(0):
                unpaired.append(message["tool_call_id"])
            continue
        unpaired += due
        due = [call["id"] for call in message.get("tool_calls", ())]
    return unpaired + due


@dataclass(frozen=True)
class View:
    """What a memory shows; where not even the least fits, that, and how many tokens it takes (0 where it fits)."""

    items: list[Item]
    needed: int = 0

    @property
    def seqs(self) -> set[int]:
        return {item.seq for item in self.items if item.seq >= 0}

    @property
    def texts(self) -> list[str]:
        """All that can be read of it."""
        return [item.outcome.text if item.outcome is not None else item.text for item in self.items]


def render(memory: Memory, env: MemoryEnv, budget: Budget | None = None) -> View:
    try:
        return View(list(memory.render(env, Lens(budget=budget))))
    except BudgetTooSmall as error:
        return View(list(error.least), error.needed)


def find_due(memory: Memory, env: MemoryEnv, budget: Budget) -> tuple[Any, ...] | None:
    """What is due, as far as it can be compared."""
    due = memory.find_upkeep(env, Lens(budget=budget)) if isinstance(memory, Maintaining) else None
    return None if due is None else (due.name, due.messages if isinstance(due, Upkeep) else due.mark)


def maintain(memory: Memory, env: MemoryEnv, budget: Budget, reply: str = SUMMED_UP) -> int:
    """Have done what is due, by a model that always says the same; gives how often it was asked.

    Where what is needed makes nothing better, that is an error, and the run would end.
    """
    asked = 0
    while isinstance(memory, Maintaining) and asked < UPKEEPS_MAX:
        upkeep = memory.find_upkeep(env, Lens(budget=budget))
        if not isinstance(upkeep, Upkeep):
            return asked
        asked += 1
        try:
            upkeep.keep(env, reply)
        except ModelError:
            return asked
    return asked
