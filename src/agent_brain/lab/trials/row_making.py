"""A trial's runs, and what its evaluator says of them, as its row."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from agent_brain.core.evaluating import Score
from agent_brain.core.items import ItemKind
from agent_brain.core.judgements import find_oracles, find_question
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Failed, Status
from agent_brain.core.usage import Usage
from agent_brain.engine.limits import Limits
from agent_brain.lab.schedule import Slot
from agent_brain.lab.trial import Outcome, Trial
from agent_brain.lab.trials.failures import tell
from agent_brain.lab.trials.past import Inside

ANSWER_CHARACTERS_MAX = 2_000
FEEDBACK_CHARACTERS_MAX = 500


@dataclass(frozen=True, slots=True)
class Before:
    """What a trial has taken over: what its runs know of it, and have not done."""

    usage: Usage = field(default_factory=Usage)
    steps: int = 0
    tool_calls: int = 0
    tool_failures: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, env: MemoryEnv) -> Self:
        """All that is known at the beginning of a step."""
        faults = {str(kind): count for kind, count in env.faults.items()}
        return cls(env.usage, env.steps - 1, count_actions(env), count_tool_failures(env), faults)


@dataclass(frozen=True, slots=True)
class Course:
    """What became of a trial's runs: one env a turn, and why the last one failed, where it did."""

    envs: Sequence[MemoryEnv] = ()
    failed: Failed | None = None
    is_outside: bool = False
    """What failed it says nothing of its arm."""
    limits: Limits = field(default_factory=Limits)
    drafts: tuple[bool, ...] = ()
    inside: Inside = field(default_factory=Inside)
    begins_anew: bool = False
    """What failed has left runs that are over, so that nothing is gone on with: of a run inside, or a call for a
    memory, while its own went on; or a user's who ended it before a word."""
    model_seconds: float = 0.0
    before: Before = field(default_factory=Before)
    judging: Usage = field(default_factory=Usage)
    """What models were asked for the verdict."""
    user: Usage = field(default_factory=Usage)
    """What the model was asked that plays the task's user."""
    aside: Usage = field(default_factory=Usage)
    """What earlier attempts took that were set aside."""
    unclosed: str = ""
    """What of its own could not be closed, and why."""

    @property
    def taken(self) -> Usage:
        """What its own runs took, less what they have taken over."""
        return sum((env.usage for env in self.envs), Usage()) - (self.before.usage if self.envs else Usage())

    @property
    def spent(self) -> Usage:
        """That, and what judge and user took beside it."""
        return self.taken + self.judging + self.user


def make_row(slot: Slot, course: Course, score: Score | None, *, evaluator: str, split: str, attempts: int) -> Trial:
    """The row of a trial; `score`: None where there was nothing to judge."""
    before = course.before if course.envs else Before()
    usage = course.taken
    limit = next((name for env in course.envs if (name := course.limits.find_past(env) or env.limit)), "")
    last = course.envs[-1] if course.envs else MemoryEnv()
    failed = course.failed
    return Trial(
        trial_id=slot.trial_id,
        task=slot.task.task_id,
        arm=slot.arm,
        repeat=slot.repeat,
        score=0.0 if failed or score is None else score.value,
        outcome=_find_outcome(course, score, limit),
        family=slot.task.family,
        split=split,
        evaluator=evaluator,
        right=slot.right,
        feedback="" if score is None else score.feedback[:FEEDBACK_CHARACTERS_MAX],
        answer=last.answer[:ANSWER_CHARACTERS_MAX],
        limit=limit,
        error=tell(failed)[:FEEDBACK_CHARACTERS_MAX] if failed else "",
        oracles=tuple(dict.fromkeys(name for env in course.envs for name in find_oracles(env))),
        turns=len(slot.task.turns) or len(course.envs),
        steps=sum(env.steps for env in course.envs) - before.steps,
        model_calls=usage.model_calls,
        tool_calls=sum(map(count_actions, course.envs)) - before.tool_calls + course.inside.tool_calls,
        input_tokens=usage.input_tokens,
        cached_tokens=usage.cached_tokens,
        output_tokens=usage.output_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        cost_usd=usage.cost_usd,
        unpriced_tokens=usage.unpriced_tokens,
        steps_before=before.steps,
        tokens_before=before.usage.tokens,
        cost_before_usd=before.usage.cost_usd,
        judge_calls=course.judging.model_calls,
        judge_tokens=course.judging.tokens,
        judge_cost_usd=course.judging.cost_usd,
        judge_unpriced_tokens=course.judging.unpriced_tokens,
        user_calls=course.user.model_calls,
        user_tokens=course.user.tokens,
        user_cost_usd=course.user.cost_usd,
        user_unpriced_tokens=course.user.unpriced_tokens,
        aside_calls=course.aside.model_calls,
        aside_tokens=course.aside.tokens,
        aside_cost_usd=course.aside.cost_usd,
        aside_unpriced_tokens=course.aside.unpriced_tokens,
        faults=_count_faults(course),
        tool_failures=count_tool_failures(last) - before.tool_failures + course.inside.tool_failures,
        drafts=course.drafts,
        attempts=attempts,
        unclosed=course.unclosed[:FEEDBACK_CHARACTERS_MAX],
        model_seconds=round(course.model_seconds, 6),
        wall_seconds=round(usage.seconds, 6),
    )


def _find_outcome(course: Course, score: Score | None, limit: str) -> Outcome:
    if course.is_outside:
        return Outcome.INFRASTRUCTURE
    if course.failed is not None or score is None:
        return Outcome.FAILED
    if score.passed:
        return Outcome.PASSED
    return Outcome.LIMITED if limit else Outcome.WRONG


def _count_faults(course: Course) -> Mapping[str, int]:
    """How often each kind of fault was counted, in runs inside too, in the order of their names."""
    counted = Counter(course.inside.faults)
    for env in course.envs:
        for kind, count in env.faults.items():
            counted[str(kind)] += count
    counted.subtract(course.before.faults)
    return {kind: count for kind, count in sorted(counted.items()) if count}


def count_tool_failures(env: MemoryEnv) -> int:
    """The actions that their tools have failed; a model's own mistake is a fault. Turns before count too."""
    outcomes = [item.outcome for item in env.log if item.kind is ItemKind.ACTION]
    return sum(outcome is not None and outcome.is_error and outcome.fault is None for outcome in outcomes)


def count_actions(env: MemoryEnv) -> int:
    """The tools' calls since the question; unlike usage, one in doubt that was carried out again is the same call."""
    return sum(item.kind is ItemKind.ACTION for item in env.log[find_question(env) + 1 :])


def is_over(env: MemoryEnv) -> bool:
    """True for a run that has its answer."""
    return env.status in (Status.ANSWERED, Status.LIMITED)
