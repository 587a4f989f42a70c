"""The states of a tree search: select a leaf, branch from it, value the branches, walk on to an answer, count it."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import ClassVar, Self

from agent_brain.core.events import Chunk, ChunkKind, Piece
from agent_brain.core.items import ItemKind
from agent_brain.core.judgements import find_judgement, find_question
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.ports import Parts
from agent_brain.core.state import Need, StateType
from agent_brain.nets.answering import QuotedAnswerState
from agent_brain.nets.attempting import tune
from agent_brain.nets.branching import CallsState
from agent_brain.nets.choosing import CHOSEN
from agent_brain.nets.linked import LinkedState
from agent_brain.nets.reasoning import ReasoningState
from agent_brain.nets.reflexion import LAST, LESSONS
from agent_brain.nets.restoring import list_undone
from agent_brain.nets.search_tree import SEARCH, WEIGHT, Node, Search, find_search
from agent_brain.nets.sub_run import NestingState, Task, take_answered
from agent_brain.nets.transcript import make_transcript
from agent_brain.nets.verifier import SelectState

SELECT, EXPAND, EVALUATE, RESTORE = "select", "expand", "evaluate", "restore"
SIMULATE, BACKPROP = "simulate", "backprop"
PATH = "path"
"""The slot of the steps of a branch so far."""
VALUES = {"sure": 1.0, "likely": 0.5, "impossible": 0.0}
"""What a verdict counts; a reply without one counts nothing."""
STEP_TOKENS = 2000
"""Of a step, as later ones are shown it: the largest observations of one that is longer are left out."""


def show_path(search: Search) -> str:
    """The steps from the root to where the search is, for models to see."""
    return "\n".join(f"{place}. {node.step}" for place, node in enumerate(search.find_path(), 1))


def list_given(env: MemoryEnv, search: Search) -> dict[str, str]:
    """What a branch is given beside the question."""
    lessons = env.slots.get(LESSONS, "")
    return {name: text for name, text in ((PATH, show_path(search)), (LESSONS, lessons)) if text}


@dataclass(frozen=True)
class LeafState(LinkedState):
    """Selects the leaf to go on from; one that cannot be branched from is walked on from."""

    kind: ClassVar[ChunkKind] = ChunkKind.PROGRESS

    depth: int
    weight: float = WEIGHT
    then: str = field(default=StateType.RESET, kw_only=True)

    writes = frozenset({SEARCH})

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        search, kept = find_search(env), env.board.get(SEARCH)
        if kept is None or kept["question"] != search.question:
            search.keep(env, search.nodes)
        search.select(self.weight)
        path = search.find_path()
        search.is_walking = bool(path) and (bool(path[-1].answer) or len(path) >= self.depth)
        yield Chunk(f"goes on from {f'step {len(path)}' if path else 'the beginning'}\n", self.kind, env.state)
        search.keep(env)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, "a leaf is selected")


@dataclass(frozen=True)
class StepReasoningState(ReasoningState):
    """Reasons once, and again where the reply has to be mended."""

    @property
    def spare_visits(self) -> int:
        """All but one have a reply mended."""
        return self.steps_max - 1


@dataclass(frozen=True)
class StepAnswerState(QuotedAnswerState):
    """Ends a branch after one step: with what was thought, done and seen, or with the answer where nothing was done."""

    def _quote(self, env: MemoryEnv) -> str:
        return make_transcript(env, STEP_TOKENS) if _has_acted(env) else super()._quote(env)


@dataclass(frozen=True)
class ExpandState(NestingState):
    """Draws branches from the leaf, one step each, `at_once` in a visit; goes to `again` until there are enough.

    A branch knows the question, the path to it and lessons, and nothing of the other branches. Two that do the same are
    one node. Several at once need tools that change nothing.
    """

    net: Net
    words: str
    branches: int
    trajectories: int
    at_once: int = field(default=1, kw_only=True)
    temperature: float | None = field(default=None, kw_only=True)
    then: str = field(default=EVALUATE, kw_only=True)
    again: str = field(default=StateType.RESET, kw_only=True)
    stopped: str = field(default=BACKPROP, kw_only=True)

    reads = frozenset({SEARCH})
    writes = frozenset({SEARCH})

    def __post_init__(self) -> None:
        if self.at_once > 1:
            object.__setattr__(self, "needs", frozenset({Need.READ_ONLY}))

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.again, self.stopped})

    @property
    def visits_max(self) -> int:
        """In so many visits all branches of all trajectories are drawn."""
        return self.trajectories * -(-self.branches // self.at_once)

    @property
    def inner_nets(self) -> Sequence[Net]:
        """The net that takes a step."""
        return (self.net,)

    @property
    def inner_runs_max(self) -> int:
        """How many branches one visit draws at most."""
        return min(self.at_once, self.branches)

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts, which its net has too, with a temperature."""
        own = parts if self.temperature is None else tune(parts, {"temperature": self.temperature})
        net = self._bind_net(self.net, own, parts.instructions)
        return self.changed(parts=parts, net=net, model_calls=net[net.finish].model_calls)

    def _plan(self, env: MemoryEnv) -> list[Task]:
        search = find_search(env)
        task = Task(self.net, f"{env.goal}\n\n{self.words}", list_given(env, search))
        return [task] * min(self.at_once, self.branches - search.branches)

    def _learn(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> None:
        search = find_search(env)
        steps = [search.add(self._read(inner)) for inner in take_answered(env, self.net, done, "branch")]
        search.branches += len(done)
        search.keep(env, {node.place: node for node in steps}.values())

    def _read(self, inner: MemoryEnv) -> Node:
        if not _has_acted(inner):
            return Node(-1, step=f"Answer: {inner.answer}", key=" ".join(inner.answer.split()), answer=inner.answer)
        asked = [item.action.model_dump() for item in inner.log if item.action is not None]
        key = f"actions: {json.dumps(asked, sort_keys=True, default=str)}"
        return Node(-1, step=inner.answer, key=key, actions=list_undone(inner, self._bound().tools))

    async def _transition(self, env: MemoryEnv) -> None:
        if env.limit:
            env.set_state(self.stopped, env.limit)
        elif (drawn := find_search(env).branches) < self.branches:
            env.set_state(self.again, f"{drawn} of {self.branches} drawn")
        else:
            env.set_state(self.then, "all branches are drawn")


def _has_acted(env: MemoryEnv) -> bool:
    return any(item.kind is ItemKind.ACTION for item in env.log)


@dataclass(frozen=True)
class EvaluateState(CallsState):
    """Asks `count` times for a verdict on each branch; the best one, of equal ones the first, is walked on from.

    V = w * LM + (1 - w) * SC. LM: the mean of the verdicts; SC: the share of the branches that came to the same.
    """

    weight: float = field(default=0.5, kw_only=True)
    then: str = field(default=StateType.RESET, kw_only=True)
    stopped: str = field(default=BACKPROP, kw_only=True)
    trajectories: int = field(kw_only=True)

    reads = frozenset({SEARCH})
    writes = frozenset({SEARCH})

    @property
    def visits_max(self) -> int:
        """One for each trajectory."""
        return self.trajectories

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.stopped})

    def _plan(self, env: MemoryEnv) -> list[Task]:
        search = find_search(env)
        question, path = f"{env.goal}\n\n{self.words}", show_path(search)
        place = len(search.find_path()) + 1
        shown = [f"{path}\n{place}. {node.step}".lstrip() for node in search.find_children(search.at)]
        return [Task(self.net, question, {PATH: text}) for text in shown for _ in range(self.count)]

    def _learn(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> None:
        verdicts = self._read_verdicts(env, done, VALUES)
        search = find_search(env)
        children = search.find_children(search.at)
        for node, start in zip(children, range(0, len(verdicts), self.count), strict=True):
            said = sum(verdicts[start : start + self.count]) / self.count
            shared = node.drawn / search.branches
            node.visits, node.total = 1, round(self.weight * said + (1 - self.weight) * shared, 6)
        search.at = max(children, key=lambda node: node.total).place
        search.is_walking = True
        search.keep(env, children)

    async def _transition(self, env: MemoryEnv) -> None:
        if env.limit:
            env.set_state(self.stopped, env.limit)
        else:
            env.set_state(self.then, "it goes on from the best branch")


@dataclass(frozen=True)
class SimulateState(NestingState):
    """Walks on to an answer from where the search is, which becomes a thought of the log; takes one that is there.

    A node that cannot be branched from is closed then.
    """

    net: Net
    words: str
    depth: int
    tokens: int
    trajectories: int
    then: str = field(default=StateType.JUDGE, kw_only=True)

    reads = frozenset({SEARCH})
    writes = frozenset({SEARCH, LAST})

    @property
    def visits_max(self) -> int:
        """One for each trajectory."""
        return self.trajectories

    @property
    def inner_nets(self) -> Sequence[Net]:
        """The net that walks."""
        return (self.net,)

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts, which its net has too."""
        net = self._bind_net(self.net, parts, parts.instructions)
        return self.changed(parts=parts, net=net)

    def _plan(self, env: MemoryEnv) -> list[Task]:
        search = find_search(env)
        if search.nodes[search.at].answer:
            return []
        return [Task(self.net, f"{env.goal}\n\n{self.words}", list_given(env, search))]

    def _learn(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> None:
        search = find_search(env)
        walked = take_answered(env, self.net, done, "branch")
        answer = walked[0].answer if walked else search.nodes[search.at].answer
        if not answer:
            return
        env.add(ItemKind.THOUGHT, answer)
        search.reached = env.log[-1].seq
        told = [show_path(search), *(make_transcript(inner, self.tokens) for inner in walked)]
        env.put_slot(LAST, "\n".join(told))
        path = search.find_path()
        closed = search.close() if path[-1].answer or len(path) >= self.depth else []
        search.keep(env, closed)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, env.limit or "the trajectory has come to its end")


@dataclass(frozen=True)
class BackpropState(SelectState):
    """Counts what the answer was worth at each node on the way to it, and chooses the best answer so far.

    Goes to `otherwise` where one passed, a limit was met, the whole tree is searched, or all trajectories are made.
    """

    trajectories: int = field(default=1, kw_only=True)
    of: str = field(default=SIMULATE, kw_only=True)
    then: str = field(default=StateType.REFLECT, kw_only=True)
    otherwise: str = field(default=StateType.ANSWER, kw_only=True)

    reads = frozenset({SEARCH})
    writes = frozenset({SEARCH, CHOSEN, LAST})
    """What it sees to; it goes on to a lesson only where there is an answer, with its transcript."""

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.otherwise})

    @property
    def visits_max(self) -> int:
        """One for each trajectory."""
        return self.trajectories

    @property
    def last_targets(self) -> frozenset[str]:
        """It leaves its cycle."""
        return frozenset({self.otherwise})

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        async with aclosing(super()._run(env)) as pieces:
            async for piece in pieces:
                yield piece
        search = find_search(env)
        judgement = find_judgement(env, env.log[search.reached]) if search.reached > find_question(env) else None
        if judgement is not None:
            search.keep(env, search.reward(judgement.score.value))

    async def _transition(self, env: MemoryEnv) -> None:
        search = find_search(env)
        judgement = find_judgement(env, env.log[search.reached]) if search.reached > find_question(env) else None
        if judgement is None or judgement.score.passed:
            env.set_state(self.otherwise, env.limit or "an answer passed")
        elif env.limit or search.nodes[0].is_closed:
            env.set_state(self.otherwise, env.limit or "there is nothing else to be searched")
        elif env.visits[env.state] >= self.trajectories:
            env.set_state(self.otherwise, "all trajectories are made")
        else:
            env.set_state(self.then, "the answer did not pass")
