"""Evidence: what came of planned calls, as a slot that models are shown, and the states that answer from it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from textwrap import indent

from agent_brain.core.events import Piece
from agent_brain.core.items import ItemKind, Observation
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.plan_text import REWOO, show_call
from agent_brain.nets.planned_calls import CALLS, Notation, PlannedCall, find_calls, find_outcomes
from agent_brain.tools.result_text import cut_middle

EVIDENCE = "evidence"
"""The slot."""
CHARACTERS_MAX = 40_000
"""Of all evidence together; where it is more, each piece is cut in its middle."""
CHARACTERS_MIN = 400
"""Of each piece, however many there are."""
ITS_KINDS = frozenset(ItemKind) - {ItemKind.ACTION, ItemKind.OBSERVATION, ItemKind.PLAN}
"""What is shown beside it: no call and no outcome, which stand in the slot, so that no history can hide one."""


def keep_evidence(env: MemoryEnv, notation: Notation, characters_max: int = CHARACTERS_MAX) -> None:
    """Make the slot say what came of the calls so far; nothing is written where it does."""
    text = show_evidence(env, notation, characters_max) or None
    if env.slots.get(EVIDENCE) != text:
        env.put_slot(EVIDENCE, text)


def show_evidence(env: MemoryEnv, notation: Notation, characters_max: int = CHARACTERS_MAX) -> str:
    """Each call of the present question with what its plan says to it, and what came of it, indented."""
    calls, outcomes = find_calls(env), find_outcomes(env)
    if not calls:
        return ""
    each_max = max(CHARACTERS_MIN, characters_max // len(calls))
    if sum(len(outcome.text) for outcome in outcomes.values()) <= characters_max:
        each_max = characters_max
    return "\n\n".join(_show(call, calls, outcomes, notation, each_max) for call in calls)


def _show(
    call: PlannedCall,
    calls: list[PlannedCall],
    outcomes: dict[str, Observation],
    notation: Notation,
    characters_max: int,
) -> str:
    lines = [f"Plan: {call.why}"] if call.why else []
    lines.append(show_call(call, notation))
    if not call.text:
        outcome = outcomes.get(call.label)
        status = "not run" if outcome is None else outcome.status.value
        text = _explain(call, calls, outcomes, notation) if outcome is None else outcome.text
        lines.append(f"Evidence ({status}):\n{indent(cut_middle(text, characters_max), '  ')}")
    return "\n".join(lines)


def _explain(call: PlannedCall, calls: list[PlannedCall], outcomes: dict[str, Observation], notation: Notation) -> str:
    """Why a call was not run."""
    known = {each.label for each in calls}
    needs = dict.fromkeys(notation.find_labels(call.args))
    missing = [notation.show(label) for label in needs if label not in known]
    if missing:
        return f"{', '.join(missing)}: no call gives it"
    failed = [notation.show(label) for label in needs if label not in outcomes or outcomes[label].is_error]
    return f"{', '.join(failed)}: there is no result to go on with" if failed else "it was stopped before"


@dataclass(frozen=True)
class EvidenceAnswerState(AnswerState):
    """Answers from the evidence, with the question said again at the end; then the evidence is put away.

    It shows what there is at the moment, so also what came of calls up to a limit.
    """

    kinds: frozenset[ItemKind] | None = ITS_KINDS
    notation: Notation = field(default=REWOO, kw_only=True)
    characters_max: int = field(default=CHARACTERS_MAX, kw_only=True)

    reads = frozenset({CALLS})

    def get_directive(self, env: MemoryEnv) -> str:
        """The directive, and the question."""
        return f"{super().get_directive(env)}\n\n{env.goal}"

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        if env.find_pause() is None:
            keep_evidence(env, self.notation, self.characters_max)
        async with aclosing(super()._run(env)) as pieces:
            async for piece in pieces:
                yield piece
        if env.log[-1].kind is ItemKind.ANSWER:
            env.put_slot(EVIDENCE, None)
