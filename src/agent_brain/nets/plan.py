"""A plan in a run: how it is read in a reply, and where it is kept: steps to do, steps done and what came of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent_brain.core.items import Item, ItemKind
from agent_brain.core.judgements import find_question
from agent_brain.core.memory_env import MemoryEnv

PLAN = "plan"
"""The slot that shows what is to be done, and the board's key of the same."""
DONE_PREFIX = "done: "
"""Of the keys on the board, one for each step that was carried out."""

_NUMBERED = re.compile(r"[ \t*_#]*+(?:step[ \t]+)?\d{1,3}[ \t]*[.):][*_]*[ \t]+(?P<step>\S.*)", re.IGNORECASE)
_BULLET = re.compile(r"[-*•][ \t]+(?P<step>\S.*)")
_ANSWER = re.compile(r"^[ \t]*[*_`#]*ANSWER[*_`]*[ \t]*:[*_`]*(?P<answer>.*)", re.M | re.S | re.I)
_WORD = re.compile(r"\w+")


def read_steps(text: str) -> list[str]:
    """The steps of a numbered list, or of one with bullets; further lines belong to the step above them."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("```")]
    for pattern in (_NUMBERED, _BULLET):
        steps: list[str] = []
        for line in lines:
            begun = pattern.match(line)
            if begun is not None:
                steps.append(begun["step"].strip())
            elif steps:
                steps[-1] += f"\n{line.strip()}"
        if steps:
            return steps
    return []


def read_answer(text: str) -> str:
    """What stands behind `ANSWER:` at the beginning of a line; empty where nothing does."""
    found = _ANSWER.search(text)
    return found["answer"].strip().strip("`").strip() if found else ""


def is_same_step(step: str, other: str) -> bool:
    """True where two steps are the same but for case, blanks and marks."""
    return _WORD.findall(step.casefold()) == _WORD.findall(other.casefold())


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was carried out."""

    step: str
    has_succeeded: bool
    item: Item
    """What the log has of it and of what came of it."""


def put_plan(env: MemoryEnv, steps: Sequence[str]) -> None:
    """Keep what is to be done; nothing: there is no plan any more."""
    env.put_board(PLAN, list(steps))
    env.put_slot(PLAN, number(steps) or None)


def find_plan(env: MemoryEnv) -> list[str]:
    """What is to be done."""
    return list(env.board.get(PLAN, ()))


def number(steps: Sequence[str]) -> str:
    """Steps as a numbered list."""
    return "\n".join(f"{place}. {step}" for place, step in enumerate(steps, 1))


def keep_done(env: MemoryEnv, step: str, result: str, *, has_succeeded: bool) -> None:
    """Write down what came of a step."""
    env.put_board(f"{DONE_PREFIX}{len(env.log)}", {"step": step, "ok": has_succeeded})
    env.add(ItemKind.NOTE, f"Step: {step}\nResult: {result}")


def find_done(env: MemoryEnv) -> list[Done]:
    """The steps that were carried out for the present question, in order."""
    since = find_question(env)
    return [
        Done(kept["step"], kept["ok"], item)
        for item in env.log[since + 1 :]
        if (kept := env.board.get(f"{DONE_PREFIX}{item.seq}")) is not None
    ]
