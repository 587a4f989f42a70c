"""Judgements: what a run keeps of what its evaluator has said, on the board, one for each item that was judged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agent_brain.core.evaluating import ORACLES, Evaluator, Score
from agent_brain.core.items import Item, ItemKind
from agent_brain.core.memory_env import MemoryEnv

BOARD_PREFIX = "judged: "
"""Of the keys on a run's board, one for each item."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One item of the log, judged."""

    seq: int
    """The item's place."""
    by: str
    """The evaluator's name."""
    oracle: bool
    """It knows what an agent at work would not."""
    score: Score

    def describe(self) -> str:
        """It in words: `tests: it did not pass (0.5): two of four fail`."""
        who = f"{self.by} (an oracle)" if self.oracle else self.by
        what = "it passed" if self.score.passed else "it did not pass"
        return f"{who}: {what} ({self.score.value:g})" + (f": {self.score.feedback}" if self.score.feedback else "")


def keep_judgement(env: MemoryEnv, seq: int, evaluator: Evaluator, score: Score) -> None:
    """Write down what an evaluator has said of an item; what it has spent is charged by who asked it."""
    env.put_board(f"{BOARD_PREFIX}{seq}", {"by": evaluator.name, "oracle": bool(evaluator.oracle), **score.data()})
    if evaluator.oracle and evaluator.name not in find_oracles(env):
        env.put_board(ORACLES, [*find_oracles(env), evaluator.name])


def find_oracles(env: MemoryEnv) -> list[str]:
    """The names of all oracles that had a say in this conversation."""
    return list(env.board.get(ORACLES, ()))


def is_judgement(key: str) -> bool:
    """True for a key of the board that a judgement is kept under."""
    return key.startswith(BOARD_PREFIX)


def read_judgement(key: str, value: Mapping[str, Any]) -> Judgement:
    """The judgement that the board holds under this key."""
    score = Score(value["passed"], value["value"], value["feedback"])
    return Judgement(int(key.removeprefix(BOARD_PREFIX)), value["by"], value["oracle"], score)


def find_judgement(env: MemoryEnv, item: Item) -> Judgement | None:
    """What was said of an item; None: nobody has judged it."""
    key = f"{BOARD_PREFIX}{item.seq}"
    return read_judgement(key, env.board[key]) if key in env.board else None


def find_judgements(env: MemoryEnv) -> list[Judgement]:
    """All of the present question, in the order in which they were made."""
    since = find_question(env)
    found = (read_judgement(key, value) for key, value in env.board.items() if is_judgement(key))
    return [judgement for judgement in found if judgement.seq > since]


def has_passed(answer: str, judged: Iterable[tuple[str, bool]]) -> bool | None:
    """Whether an answer passed, of texts that were judged and whether each did; None: nobody has judged it.

    Where it is none of them, as one that a guard has changed, and none of them passed, it has not passed either.
    """
    judged = list(judged)
    if not answer or not judged:
        return None
    own = [passed for text, passed in judged if text.strip() == answer.strip()]
    if own:
        return any(own)  # equal ones may be judged differently: what passed once is given
    return None if any(passed for _, passed in judged) else False


def find_passed(env: MemoryEnv) -> bool | None:
    """Whether the run's answer passed its evaluator; None: nobody has judged it, or there is none."""
    return has_passed(env.answer, ((env.log[found.seq].text, found.score.passed) for found in find_judgements(env)))


def find_candidates(env: MemoryEnv, state: str) -> list[Item]:
    """What a state of this name has written to the log since the question: what may become the answer."""
    since = find_question(env)
    return [item for item in env.log[since + 1 :] if item.state == state and item.kind is ItemKind.THOUGHT]


def find_question(env: MemoryEnv) -> int:
    """The place of the present question in the log; -1: there is none."""
    return next((item.seq for item in reversed(env.log) if item.kind is ItemKind.GOAL), -1)
