"""What a simulated model says to what it is asked: a table of its parts, and those that every world has."""

import json
from collections.abc import Callable, Mapping

from agent_brain.core.chat import Reply
from agent_brain.models.simulated.asked import Asked
from agent_brain.models.simulated.houses import House, read_house, tell_found
from agent_brain.models.simulated.pages import REVISE
from agent_brain.models.simulated.planning import plan, solve
from agent_brain.models.simulated.player import Player, say
from agent_brain.models.simulated.stones import read_stone
from agent_brain.models.simulated.walking import answer_house, step
from agent_brain.models.simulated.weighing import answer_stone, critique, refine

Play = Callable[[Player], Reply]


def play(asked: Asked, player: Player) -> Reply:
    """The reply to a prompt."""
    return _PARTS[asked](player)


def answer(player: Player) -> Reply:
    """The answer, as far as it is known."""
    return answer_house(player) if isinstance(player.prompt.goal, House) else answer_stone(player)


def act(player: Player) -> Reply:
    """The next step where there are tools for it, else the answer."""
    return step(player) if isinstance(player.prompt.goal, House) else answer_stone(player)


def act_reflectively(player: Player) -> Reply:
    """As `act`, with a reflection before it."""
    return step(player, is_reflective=True) if isinstance(player.prompt.goal, House) else answer_stone(player)


def reflect(player: Player) -> Reply:
    """What the last result shows: it is read off, so it is never wrong."""
    prompt = player.prompt
    goal = prompt.goal.recite() if isinstance(prompt.goal, House) else "answer the question"
    if prompt.has_failed:
        return say(
            f"Learned: the last call failed: what it was given does not fit.\nGoal: {goal}; this is no nearer.\n"
            f"Change: look up what the earlier results say, and use exactly that.\n{REVISE}"
        )
    return say(f"Learned: the last call succeeded.\nGoal: {goal}; this is nearer.\nChange: nothing.\nVerdict: go on")


def draw_lesson(player: Player) -> Reply:
    """What is to be done otherwise the next time."""
    return say("A lesson: take every key exactly as it was shown, and check the answer against what was asked for.")


def ask_nothing(player: Player) -> Reply:
    """Its goals say all that there is to know."""
    return say("READY")


def sum_up(player: Player) -> Reply:
    """Every fact that survives, in the words in which it was found."""
    prompt = player.prompt
    house = prompt.goal
    if not isinstance(house, House):
        return say("Nothing was found so far.")
    kept = [
        tell_found(house.name, door, known.key)
        for door, known in sorted(prompt.keys.items())
        if player.happens(player.parameters.s, "kept", door)
    ]
    return say("\n".join([f"Goal: {house.recite()}.", *kept]))


def judge(player: Player) -> Reply:
    """A verdict on an answer, which errs at known rates."""
    told = json.loads(player.prompt.told)
    asked, given = str(told["question"]), str(told["answer"])
    found = read_house(asked) or read_stone(asked)
    is_right = found is not None and given.strip() == found[0].answer
    rates = player.parameters
    passed = not player.happens(rates.fn, "refused") if is_right else player.happens(rates.fp, "passed")
    feedback = "" if passed else "it is not right"
    return say(json.dumps({"feedback": feedback, "value": float(passed), "passed": passed}))


_PARTS: Mapping[Asked, Play] = {
    Asked.STEP: act,
    Asked.INLINE: act_reflectively,
    Asked.ANSWER: answer,
    Asked.REFLECT: reflect,
    Asked.LESSON: draw_lesson,
    Asked.CRITIQUE: critique,
    Asked.REFINE: refine,
    Asked.WORK: answer,
    Asked.PLAN: plan,
    Asked.SOLVE: solve,
    Asked.SUMMARY: sum_up,
    Asked.JUDGE: judge,
    Asked.CLARIFY: ask_nothing,
}
