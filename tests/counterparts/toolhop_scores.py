"""ToolHop's sample through the lab's loader, its gold chains played: `python -m counterparts.toolhop_scores` prints the
number of exact answers, that of ToolHop's own scorer beside it, and why they differ."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agent_brain import Brain, ScriptedModel
from agent_brain.core.run_evaluating import judge_run
from agent_brain.evaluators.toolhop import NAME as OFFICIAL
from agent_brain.lab.judging import make_task_evaluator
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.sources import read_tasks
from counterparts.chains import TOOLHOP, Chain, read_toolhop
from counterparts.gold_player import GoldPlayer
from counterparts.worlds import close_world

AT_ONCE = 6
RULES = ("exact", OFFICIAL)
FIXED = "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 a e i o u n r s t l"
"""Small numbers and letters, and no answer to anything."""


@dataclass(frozen=True, slots=True)
class Scored:
    """How many answers each rule lets pass."""

    exact: int
    official: int
    of: int


async def play_gold(tasks: Sequence[Task], chains: Sequence[Chain]) -> Scored:
    """Run the tasks that have a gold chain with a model that knows the chains alone."""
    known = {chain.question for chain in chains}
    player, places = GoldPlayer(chains), asyncio.Semaphore(AT_ONCE)
    model = ScriptedModel(lambda messages: player.reply([dict(message) for message in messages]))

    async def ask(task: Task) -> Mapping[str, bool]:
        assert task.make_world is not None  # as the loader makes them
        async with places:
            world = task.make_world()
            try:
                env = (await Brain("react", "messages", model, world.tools).run(task.prompt)).env
                scores = {rule: await judge_run(make_task_evaluator(rule, task), task.prompt, env) for rule in RULES}
            finally:
                await close_world(world)
        return {rule: score.passed for rule, score in scores.items()}

    found = await asyncio.gather(*(ask(task) for task in tasks if task.prompt in known))
    exact, official = (sum(each[rule] for each in found) for rule in RULES)
    return Scored(exact, official, len(found))


async def judge_all(tasks: Sequence[Task], say: Callable[[Task], str]) -> Scored:
    """What the rules make of answers that nobody has worked for."""
    passed = dict.fromkeys(RULES, 0)
    for task in tasks:
        for rule in RULES:
            passed[rule] += (await make_task_evaluator(rule, task).judge(task.prompt, say(task))).passed
    return Scored(passed["exact"], passed[OFFICIAL], len(tasks))


async def judge_pairs(tasks: Sequence[Task]) -> Scored:
    """What they make of the answer to each question, given to each other one."""

    async def judge_for_others(own: Task) -> Scored:
        return await judge_all([task for task in tasks if task is not own], lambda _: str(own.answer))

    found = [await judge_for_others(own) for own in tasks]
    return Scored(
        sum(each.exact for each in found), sum(each.official for each in found), sum(each.of for each in found)
    )


async def measure() -> None:
    """Print the numbers."""
    tasks, chains = read_tasks(TOOLHOP, "toolhop"), read_toolhop()
    rows = {
        "gold chains, played": await play_gold(tasks, chains),
        "the right answers as they stand": await judge_all(tasks, lambda task: str(task.answer)),
        "one fixed string for all": await judge_all(tasks, lambda _: FIXED),
        "the answers of all other questions": await judge_pairs(tasks),
    }
    print(f"{'what is answered':<38}{'exact':>7}{'official':>10}{'of':>7}")
    for name, scored in rows.items():
        print(f"{name:<38}{scored.exact:>7}{scored.official:>10}{scored.of:>7}")
    cut = find_cut(tasks)
    print(f"{len(cut)} right answers lose zeros or points at their end: {', '.join(cut)}")
    print("what is left is looked for anywhere in the answer, also inside of other words and numbers")


def find_cut(tasks: Sequence[Task]) -> list[str]:
    """The right answers that the official rule does not look for as they are."""
    return sorted({str(task.answer) for task in tasks if str(task.answer).rstrip(".0") != str(task.answer)})


if __name__ == "__main__":
    asyncio.run(measure())
