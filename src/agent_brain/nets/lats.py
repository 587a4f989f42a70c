"""Language agent tree search: branch step by step, walk on from the best branch, be judged, learn, select anew.

Source: Zhou et al., Language Agent Tree Search Unifies Reasoning, Acting, and Planning in Language Models, ICML 2024,
arXiv 2310.04406. Unlike its code: a node's total is divided by its visits once; before a branch acts, the tools are
reset and what led to it is done again; what has nothing new below it is closed, so that every search ends; each answer
is judged once, by the brain's own evaluator; lessons are the run's. Steps of a walk are no nodes of the tree.
"""

from collections.abc import Mapping

from agent_brain.core.errors import SetupError
from agent_brain.core.net import Moves, Net
from agent_brain.core.options import check_count
from agent_brain.core.state import END, StateType
from agent_brain.nets.acting import ActionState
from agent_brain.nets.attempting import AT_ONCE_MAX
from agent_brain.nets.choosing import ChosenAnswerState
from agent_brain.nets.react import make_react_brief
from agent_brain.nets.reflexion import (
    LAST,
    LESSONS,
    LESSONS_MAX,
    TRANSCRIPT_TOKENS,
    LessonState,
    TellingJudgeState,
)
from agent_brain.nets.resetting import LenientResetState, ResetState
from agent_brain.nets.restoring import RestoreState, make_restorer
from agent_brain.nets.search_tree import WEIGHT
from agent_brain.nets.searching import (
    BACKPROP,
    EVALUATE,
    EXPAND,
    PATH,
    RESTORE,
    SELECT,
    SIMULATE,
    BackpropState,
    EvaluateState,
    ExpandState,
    LeafState,
    SimulateState,
    StepAnswerState,
    StepReasoningState,
)
from agent_brain.nets.self_consistency import TEMPERATURE, check_temperature
from agent_brain.nets.toolless import ToollessAnswerState
from agent_brain.nets.words import Words

MOVES: Moves = {
    SELECT: {StateType.RESET},
    StateType.RESET: {RESTORE},
    RESTORE: {EXPAND, SIMULATE, BACKPROP, StateType.RESET},
    EXPAND: {StateType.RESET, EVALUATE, BACKPROP},
    EVALUATE: {StateType.RESET, BACKPROP},
    SIMULATE: {StateType.JUDGE},
    StateType.JUDGE: {BACKPROP},
    BACKPROP: {StateType.REFLECT, StateType.ANSWER},
    StateType.REFLECT: {SELECT},
    StateType.ANSWER: {END},
}
STEP_MOVES: Moves = {
    StateType.REASONING: {StateType.ACTION, StateType.REASONING, StateType.ANSWER},
    StateType.ACTION: {StateType.ANSWER},
    StateType.ANSWER: {END},
}
RESETS_MAX = 20
"""How often in one run the world is reset once more, because a process died over what was done again."""
STEP_TRIES = 3
"""How often a step may be asked for until its reply is well-formed; the last time it can only answer."""


def make_lats(  # noqa: PLR0913  # one keyword for each choice
    words: Words,
    *,
    trajectories: int = 4,
    branches: int = 2,
    depth: int = 5,
    walk: int = 4,
    samples: int = 1,
    weight: float = 0.5,
    exploration: float = WEIGHT,
    lessons: int = LESSONS_MAX,
    temperature: float = TEMPERATURE,
    at_once: int = 1,
    resets: bool = True,
) -> Net:
    """Search a tree of steps: k (n + n v + s + e) + k - 1 model calls for k trajectories, s at most `walk` + 1.

    n: `branches`, of which those that do the same are valued once; v: `samples`, verdicts on each; `weight`: of the
    verdicts beside the share of equal branches; `depth`: of the tree; `at_once`: branches at the same time, for tools
    that change nothing; `resets`: tools that change something have to say how that is undone.
    """
    least = {"trajectories": trajectories, "branches": branches, "depth": depth, "walk": walk, "samples": samples}
    _check({**least, "lessons": lessons}, weight, exploration)
    check_count("at_once", at_once, most=AT_ONCE_MAX)
    check_temperature(temperature)
    visits = trajectories * (-(-branches // at_once) + 1) + RESETS_MAX
    finder = make_react_brief(words, steps_max=walk)
    return Net(
        name="lats",
        states={
            SELECT: LeafState(depth, exploration),
            StateType.RESET: (ResetState if resets else LenientResetState)(then=RESTORE),
            RESTORE: RestoreState(make_restorer(depth), visits, then=EXPAND, otherwise=SIMULATE, stopped=BACKPROP),
            EXPAND: ExpandState(
                _make_step(words), words["go_on"], branches, trajectories, at_once=at_once, temperature=temperature
            ),
            EVALUATE: EvaluateState(
                _make_caller(words),
                words["evaluate"],
                samples,
                weight=weight,
                calls_max=branches * samples,
                trajectories=trajectories,
            ),
            SIMULATE: SimulateState(finder, words["go_on"], depth, TRANSCRIPT_TOKENS, trajectories),
            StateType.JUDGE: TellingJudgeState(
                SIMULATE, visits=trajectories, then=BACKPROP, otherwise=BACKPROP, exhausted=BACKPROP
            ),
            BACKPROP: BackpropState(trajectories=trajectories),
            StateType.REFLECT: LessonState(directive=words["reflect"], lessons=lessons, then=SELECT),
            StateType.ANSWER: ChosenAnswerState(directive=words["answer"], of=SIMULATE),
        },
        moves=MOVES,
        start=SELECT,
        instructions=words["instructions"],
        slots=frozenset({PATH, LESSONS, LAST}),
    )


def _check(least: Mapping[str, int], weight: float, exploration: float) -> None:
    for name, value in least.items():
        if value < 1:
            raise SetupError(f"{name} is {value}; wanted at least 1")
    if not 0 <= weight <= 1:
        raise SetupError(f"weight is {weight!r}; wanted a number from 0 to 1")
    if exploration < 0:
        raise SetupError(f"exploration is {exploration!r}; wanted at least 0")


def _make_step(words: Words) -> Net:
    """One step: a thought with its actions, or an answer."""
    return Net(
        name="lats_step",
        states={
            StateType.REASONING: StepReasoningState(steps_max=STEP_TRIES),
            StateType.ACTION: ActionState(then=StateType.ANSWER),
            StateType.ANSWER: StepAnswerState(directive=words["answer"]),
        },
        moves=STEP_MOVES,
        instructions=words["instructions"],
    )


def _make_caller(words: Words) -> Net:
    """One call, without tools."""
    return Net(
        name="lats_call",
        states={StateType.ANSWER: ToollessAnswerState(directive=words["call"])},
        moves={StateType.ANSWER: {END}},
        start=StateType.ANSWER,
        instructions=words["judge"],
    )
