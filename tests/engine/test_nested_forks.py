"""Several futures of a run with runs inside."""

import itertools

from agent_brain import Brain, tool
from agent_brain.core.tooling import ActionId
from agent_brain.stores.memory import MemoryStore
from engine.nested import call, make_boss, plan, read_commits


def make_brain(keys: list[str], store: MemoryStore) -> Brain:
    """A brain whose worker looks, and pays; each remembers the key that it was given."""

    @tool(read_only=True)
    async def look() -> str:
        """Look."""
        return "seen"

    @tool
    async def pay(key: ActionId) -> str:
        """Pay."""
        keys.append(key)
        return "paid"

    return make_boss(Brain(model=plan(call(("look", {})), call(("pay", {}))), tools=[look, pay]), store)


async def test_two_futures_of_what_is_inside_give_no_two_actions_one_key() -> None:
    store, keys = MemoryStore(), list[str]()
    brain = make_brain(keys, store)
    await brain.run("Pay.", run_id="r")
    heads = list(itertools.accumulate(map(len, await read_commits(store))))
    unpaid = [head for head in heads if not (await brain.load("r", head)).called_inside.get("pay")]

    for head in unpaid[:-1]:  # with the last one, the outcome of all is known
        await brain.go_on(await brain.fork("r", head))

    assert len(set(keys)) == len(keys) == len(unpaid)


async def test_a_replay_of_a_fork_made_in_the_middle_of_what_is_inside_is_the_same() -> None:
    brain = make_brain([], store := MemoryStore())
    await brain.run("Pay.", run_id="r")
    heads = range(1, (await store.get("r")).head)
    inside = [head for head in heads if (await brain.load("r", head)).sub_runs]
    assert inside
    for head in inside:
        fork = await brain.fork("r", head)
        await brain.go_on(fork)
        (await brain.replay(fork)).check()
