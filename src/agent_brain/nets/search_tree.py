"""A tree of steps that a search has taken, with what is known of each; plain data, which stands on the board."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from math import inf, log, sqrt
from typing import Any

from agent_brain.core.judgements import find_question
from agent_brain.core.memory_env import MemoryEnv

SEARCH = "search"
"""The board's key of where the search is; each of its nodes has one of its own."""
NODE_PREFIX = "node: "
WEIGHT = 1.0
"""Of exploring, as in the code of Zhou et al."""


@dataclass(slots=True)
class Node:
    """A step, and where it leads to."""

    place: int
    parent: int = -1
    """-1: it is the root, which is no step."""
    step: str = ""
    """What was thought, done and seen."""
    key: str = ""
    """Two steps of the same one are the same."""
    answer: str = ""
    """Of a step that is the end; empty: it goes on from here."""
    actions: list[dict[str, Any]] = field(default_factory=list)
    """Those that have to be done again where the tools were reset."""
    drawn: int = 1
    """How many branches have come to it."""
    visits: int = 0
    total: float = 0.0
    """Of the value that it was given, and of the rewards of all trajectories through it: one a visit."""
    is_closed: bool = False
    """Nothing further can be found below it."""

    @property
    def mean(self) -> float:
        """What a visit was worth: the total is a sum, and is divided here and nowhere else."""
        return self.total / self.visits if self.visits else 0.0


@dataclass(slots=True)
class Search:
    """A search for the answer to one question, as far as it has come."""

    question: int
    nodes: list[Node] = field(default_factory=lambda: [Node(0)])
    at: int = 0
    """The node that it goes on from."""
    branches: int = 0
    """How many were drawn from there."""
    is_walking: bool = False
    """It goes on from there to an answer, and does not branch."""
    reached: int = -1
    """The place in the log of the answer that the present trajectory has come to."""

    def keep(self, env: MemoryEnv, changed: Iterable[Node] = ()) -> None:
        """Write to the board where it is, and these nodes."""
        for node in changed:
            env.put_board(f"{NODE_PREFIX}{node.place}", asdict(node))
        data: dict[str, Any] = {"question": self.question, "nodes": len(self.nodes), "at": self.at}
        data |= {"branches": self.branches, "is_walking": self.is_walking, "reached": self.reached}
        env.put_board(SEARCH, data)

    def find_path(self) -> list[Node]:
        """The steps from the root to where it is."""
        return list(reversed([node for node in self._climb() if node.parent >= 0]))

    def find_children(self, place: int) -> list[Node]:
        """The steps that were taken from a node."""
        return [node for node in self.nodes if node.parent == place]

    def add(self, step: Node) -> Node:
        """Take a step in from where it is: a new one, or one more branch that has come to the same."""
        for node in self.find_children(self.at):
            if node.key == step.key:
                node.drawn += 1
                return node
        step.place, step.parent = len(self.nodes), self.at
        self.nodes.append(step)
        return step

    def select(self, weight: float) -> None:
        """Go from the root to a leaf, by the upper confidence bound of each step; each is below the one before it."""
        self.at = self.branches = 0
        self.reached, self.is_walking = -1, False
        while children := [node for node in self.find_children(self.at) if not node.is_closed]:
            bounds = {node.place: find_bound(node, self.nodes[self.at].visits, weight) for node in children}
            self.at = max(bounds, key=bounds.__getitem__)

    def reward(self, value: float) -> list[Node]:
        """Count what a trajectory was worth at each node of it, and give these."""
        path = list(self._climb())
        for node in path:
            node.visits += 1
            node.total = round(node.total + value, 6)
        return path

    def close(self) -> list[Node]:
        """Search no further below where it is; nor below what has nothing else below it. Gives what was closed."""
        closed: list[Node] = []
        for node in self._climb():
            if node.place != self.at and not all(child.is_closed for child in self.find_children(node.place)):
                break
            node.is_closed = True
            closed.append(node)
        return closed

    def _climb(self) -> Iterator[Node]:
        place = self.at
        while place >= 0:
            yield self.nodes[place]
            place = self.nodes[place].parent


def find_search(env: MemoryEnv) -> Search:
    """The search for the present question; a new one where there is none."""
    kept, question = env.board.get(SEARCH), find_question(env)
    if kept is None or kept["question"] != question:
        return Search(question)
    nodes = [Node(**env.board[f"{NODE_PREFIX}{place}"]) for place in range(kept["nodes"])]
    return Search(question, nodes, kept["at"], kept["branches"], kept["is_walking"], kept["reached"])


def find_bound(node: Node, above: int, weight: float) -> float:
    """How promising a step is that was visited so often, of so many visits of the node above (UCT)."""
    return node.mean + weight * sqrt(log(max(above, 1)) / node.visits) if node.visits else inf
