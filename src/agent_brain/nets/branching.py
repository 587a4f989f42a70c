"""A search in breadth: propose next thoughts, score each, keep the best; what is known of it stands on the board."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from agent_brain.core.counting import count
from agent_brain.core.events import Chunk, ChunkKind, Piece
from agent_brain.core.items import ItemKind
from agent_brain.core.judgements import find_question
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.options import check_count
from agent_brain.core.ports import Parts
from agent_brain.core.state import StateType
from agent_brain.nets.attempting import AT_ONCE_MAX, tune
from agent_brain.nets.choosing import choose
from agent_brain.nets.linked import LinkedState
from agent_brain.nets.plan import number, read_steps
from agent_brain.nets.signal import read_signal
from agent_brain.nets.sub_run import NestingState, Task, take_answered

PROPOSE, SCORE, SELECT = "propose", "score", "select"
TREE = "tree"
"""The board's key of the search: its question's place, the paths to go on from, the candidates and their values."""
THOUGHTS = "thoughts"
"""The slot of a path: the thoughts so far, as a numbered list."""
VALUES = {"sure": 20.0, "likely": 1.0, "impossible": 0.001}
"""What a verdict counts, as in the code of Yao et al.; a reply without one counts nothing."""
_EDGES = " .,;:*_`"

Path = list[str]


@dataclass(slots=True)
class Tree:
    """A search, as far as it has come."""

    question: int
    frontier: list[Path] = field(default_factory=lambda: [[]])
    """The paths to go on from, the best one first."""
    candidates: list[Path] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    """Of the candidates, in their order."""

    def keep(self, env: MemoryEnv) -> None:
        """Write it to the board."""
        data: dict[str, Any] = {"question": self.question, "frontier": self.frontier}
        env.put_board(TREE, {**data, "candidates": self.candidates, "values": self.values})


def find_tree(env: MemoryEnv) -> Tree:
    """The search for the present question; a new one where there is none."""
    kept, question = env.board.get(TREE), find_question(env)
    if kept is None or kept["question"] != question:
        return Tree(question)
    return Tree(question, list(kept["frontier"]), list(kept["candidates"]), list(kept["values"]))


def merge_same(paths: Sequence[Path]) -> list[Path]:
    """The paths in their order, each once: a thought that is proposed again is one candidate, with one value."""
    first: dict[tuple[str, ...], Path] = {}
    for path in paths:
        first.setdefault(tuple(" ".join(thought.casefold().split()).strip(_EDGES) for thought in path), path)
    return list(first.values())


@dataclass(frozen=True)
class CallsState(NestingState):
    """Asks a model several things at the same time, each in a run of its own that knows the question and a path."""

    net: Net
    """What answers them."""
    words: str
    """What is asked beside the question; `{count}` is how many candidates are wanted."""
    count: int = 1
    temperature: float | None = field(default=None, kw_only=True)
    """None: that of the models."""
    calls_max: int = field(default=1, kw_only=True)
    """How many calls one visit makes at most."""
    calls_in_all: int | None = field(default=None, kw_only=True)
    """How many all visits make at most; None: as many each."""

    def __post_init__(self) -> None:
        check_count("calls at once", self.calls_max, most=AT_ONCE_MAX)

    @property
    def inner_runs_in_all(self) -> int | None:
        """How many calls all visits make at most."""
        return self.calls_in_all

    @property
    def inner_runs_max(self) -> int:
        """How many calls one visit makes at most, each in a run of its own."""
        return self.calls_max

    @property
    def inner_nets(self) -> Sequence[Net]:
        """The net that answers."""
        return (self.net,)

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts, which its net has too, with a temperature."""
        own = parts if self.temperature is None else tune(parts, {"temperature": self.temperature})
        return self.changed(parts=parts, net=self._bind_net(self.net, own))

    def _ask(self, env: MemoryEnv, path: Path, words: str) -> Task:
        question = f"{env.goal}\n\n{words.replace('{count}', str(self.count))}"
        return Task(self.net, question, {THOUGHTS: number(path)} if path else {})

    def _read(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> list[str]:
        """What was said, in order; nothing by those that failed. Raises: RunError where all did."""
        take_answered(env, self.net, done, "call")
        return [inner.answer for inner in done]

    def _read_verdicts(self, env: MemoryEnv, done: Sequence[MemoryEnv], values: Mapping[str, float]) -> list[float]:
        """What each verdict counts; a reply without one counts nothing."""
        return [values.get(read_signal(said, values), 0.0) for said in self._read(env, done)]


@dataclass(frozen=True)
class ProposeState(CallsState):
    """Asks for next thoughts to each path of the frontier, a call each; goes to `otherwise` where there are none.

    At its last visit it asks for whole answers.
    """

    last: str = ""
    """What is asked at the last visit."""
    depth: int = field(default=1, kw_only=True)
    then: str = field(default=SCORE, kw_only=True)
    otherwise: str = field(default=StateType.ANSWER, kw_only=True)

    writes = frozenset({TREE})

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.otherwise})

    @property
    def visits_max(self) -> int:
        """How deep the search goes."""
        return self.depth

    def _plan(self, env: MemoryEnv) -> list[Task]:
        words = self.last if env.visits[env.state] >= self.depth else self.words
        return [self._ask(env, path, words) for path in find_tree(env).frontier]

    def _learn(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> None:
        tree = find_tree(env)
        candidates: list[Path] = []
        for path, said in zip(tree.frontier, self._read(env, done), strict=True):
            thoughts = read_steps(said) or [said.strip()]
            candidates += merge_same([[*path, thought] for thought in thoughts if thought])[: self.count]
        tree.candidates, tree.values = merge_same(candidates), []
        tree.keep(env)

    async def _transition(self, env: MemoryEnv) -> None:
        candidates = find_tree(env).candidates
        if candidates and not env.limit:
            env.set_state(self.then, f"it has {count(len(candidates), 'candidate')}")
        else:
            env.set_state(self.otherwise, env.limit or "there is no candidate")


@dataclass(frozen=True)
class ScoreState(CallsState):
    """Asks `count` times for a verdict on each candidate; its value is what the verdicts count together."""

    then: str = field(default=SELECT, kw_only=True)

    reads = frozenset({TREE})
    writes = frozenset({TREE})

    def _plan(self, env: MemoryEnv) -> list[Task]:
        return [self._ask(env, path, self.words) for path in find_tree(env).candidates for _ in range(self.count)]

    def _learn(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> None:
        verdicts = self._read_verdicts(env, done, VALUES)
        tree = find_tree(env)
        starts = range(0, len(verdicts), self.count)
        tree.values = [round(sum(verdicts[start : start + self.count]), 3) for start in starts]
        tree.keep(env)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, f"{count(len(find_tree(env).values), 'candidate')} valued")


@dataclass(frozen=True)
class SelectState(LinkedState):
    """Keeps the best `breadth` candidates, of equal ones the first; goes to `then`, and at the end to `otherwise`.

    At the end the last thought of the best path is the answer.
    """

    kind: ClassVar[ChunkKind] = ChunkKind.PROGRESS

    breadth: int
    depth: int
    then: str = field(default=PROPOSE, kw_only=True)
    otherwise: str = field(default=StateType.ANSWER, kw_only=True)

    reads = frozenset({TREE})
    writes = frozenset({TREE, THOUGHTS})

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.otherwise})

    @property
    def visits_max(self) -> int:
        """How deep the search goes."""
        return self.depth

    @property
    def last_targets(self) -> frozenset[str]:
        """It leaves its cycle."""
        return frozenset({self.otherwise})

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        tree = find_tree(env)
        ranked = sorted(range(len(tree.candidates)), key=lambda place: -tree.values[place])[: self.breadth]
        for place in ranked:
            yield Chunk(f"{tree.values[place]:g}: {tree.candidates[place][-1]}\n", self.kind, env.state)
        tree.frontier = [tree.candidates[place] for place in ranked]
        tree.candidates, tree.values = [], []
        tree.keep(env)
        env.put_slot(THOUGHTS, number(tree.frontier[0]))
        if self._is_last(env) and not env.limit:
            env.add(ItemKind.THOUGHT, tree.frontier[0][-1])
            choose(env, env.log[-1])

    async def _transition(self, env: MemoryEnv) -> None:
        if self._is_last(env) or env.limit:
            env.set_state(self.otherwise, env.limit or "the search is as deep as it goes")
        else:
            env.set_state(self.then, f"the best {len(find_tree(env).frontier)} go on")

    def _is_last(self, env: MemoryEnv) -> bool:
        return env.visits[env.state] >= self.depth
