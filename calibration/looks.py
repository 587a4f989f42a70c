"""Looking again and again: how often an experiment of arms that are alike ever stops because they seem to differ."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import ArmBrains
from agent_brain.lab.experiment import Contrast, Experiment, Stopping
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.statistics.group_sequential import GroupRule, bound_p, looks
from agent_brain.lab.statistics.paired import compare
from agent_brain.lab.stopping import Decisions
from agent_brain.lab.tally import Tally
from agent_brain.lab.task import Task
from agent_brain.lab.trial import METRICS, Outcome, Trial
from calibration.alike import ALPHA, is_rejected
from calibration.check import Check, at_most, equal, rate, told
from calibration.crew import Crew
from calibration.drawing import Floats, draw_scores, flip
from calibration.product import Product
from calibration.size import Shape, Size

NO_MARGIN = 1e-9
"""Nothing is smaller, so that no experiment stops because a difference does not matter."""
MARGIN = 0.15
SHIFT = 1.2
"""In log odds: an effect that is sometimes found and sometimes not."""
SEED = 0
"""Of the order in which tasks are done."""
PUBLISHED = 0.61, (0.21, 0.09)
"""How often it stops within 200 tasks of which the arm alone passes the first share, and the control the second."""


def check_looks(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """A check after every task."""
    shape, often = size.watched, size.watched_often
    single = crew.repeat("watched", shape.experiments, partial(_watch, product, shape))
    yield at_most("each task tried once: it ever stops", single, ALPHA)
    repeated = crew.repeat("watched often", often.experiments, partial(_watch, product, often))
    yield at_most(f"each task tried {often.repeats} times: it ever stops", repeated, ALPHA)
    published = crew.repeat("published", shape.experiments // 2, partial(_watch_published, product))
    yield rate("an effect, tried once: it stops as often as published", published, PUBLISHED[0])


def check_stopping(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """The rules of running experiments, which look after every task too, and of five looks."""
    shape = size.watched
    decided = crew.repeat("decided", size.decided.experiments, partial(_decide, product, size.decided, 0.0))
    yield at_most("the rule of a running experiment: it ever stops", [stopped for stopped, _ in decided], ALPHA)
    others = crew.repeat("effects decided", size.decided.experiments, partial(_decide, product, size.decided, SHIFT))
    parted = [stopped != found for stopped, found in (*decided, *others)]
    yield equal("the rule and the report: one finds what the other does not", parted)
    groups = crew.repeat("groups", shape.experiments, partial(_watch_in_groups, shape))
    for place, rule in enumerate(GroupRule):
        yield at_most(f"five looks, {rule}: it ever stops", [each[place] for each in groups], ALPHA)
    futile = crew.repeat("futile", size.decided.experiments, partial(_end_futile, size.decided))
    yield told("futility: a difference of the margin is given up", futile)


def _watch(product: Product, shape: Shape, rng: np.random.Generator) -> bool:
    """Whether it ever stopped: its p-value is 1 over the most evidence that there ever was."""
    scores = draw_scores(rng, shape.tasks, shape.repeats, (0.0, 0.0))
    metric = "passed" if shape.repeats == 1 else "score"
    return is_rejected(product.judge(scores, stopping="sequential", metric=metric)[0])


def _watch_published(product: Product, rng: np.random.Generator) -> bool:
    better, worse = PUBLISHED[1]
    drawn = rng.random(200)
    scores = np.zeros((200, 2, 1))
    scores[drawn < better, 1], scores[drawn > 1 - worse, 0] = 1.0, 1.0
    return is_rejected(product.judge(scores, stopping="sequential", metric="passed")[0])


def _watch_in_groups(shape: Shape, rng: np.random.Generator) -> list[bool]:
    scores = draw_scores(rng, shape.tasks, 2, (0.0, 0.0))
    ps = [compare(scores[:tasks, 1], scores[:tasks, 0]).estimate.p for tasks in looks(shape.tasks)]
    return [any(p is not None and p < bound_p(rule, look) for look, p in enumerate(ps, start=1)) for rule in GroupRule]


def _decide(product: Product, shape: Shape, shift: float, rng: np.random.Generator) -> tuple[bool, bool]:
    """Whether the rule of a running experiment stopped it, and whether the report on all of it finds a difference."""
    metric = str(rng.choice(METRICS))
    scores = draw_scores(rng, shape.tasks, 1, (0.0, shift))
    stopped = stop_at(scores, "sequential", NO_MARGIN, metric) is not None
    found = product.judge(scores, stopping="sequential", metric=metric, seed=SEED)[0]
    return stopped, is_rejected(found)


def _end_futile(shape: Shape, rng: np.random.Generator) -> bool:
    chances = np.tile((0.8 - MARGIN, 0.8), (2 * shape.tasks, 1))
    return stop_at(flip(rng, chances, 1), "futility", MARGIN) is not None


def stop_at(scores: Floats, rule: str, margin: float, metric: str = "passed") -> int | None:
    """After how many tasks a running experiment would have stopped, with a look after each of them."""
    tasks = [Task(f"t{place}", ("?",)) for place in range(len(scores))]
    arms = [Arm("a0"), Arm("a1", {"instructions": "Be brief."})]
    experiment = Experiment(
        "drawn", tasks, arms, [Contrast("a1", "a0")], stopping=Stopping(rule), margin=margin, metric=metric, seed=SEED
    )
    schedule = Schedule(experiment, {arm.name: ArmBrains(arm, experiment) for arm in arms})
    tally, decisions = Tally(schedule, metric), Decisions(schedule)
    for task in schedule.tasks:
        for row in _make_rows(task, scores[int(task.task_id[1:])]):
            tally.add(row)
        if decisions.is_over(tally):
            break
    return decisions.tasks


def _make_rows(task: Task, scores: Floats) -> Sequence[Trial]:
    return [
        Trial("", task.task_id, f"a{arm}", 0, float(score), Outcome.PASSED if score == 1.0 else Outcome.WRONG)
        for arm, score in enumerate(scores[:, 0])
    ]
