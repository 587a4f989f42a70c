"""Tree search in a world outside the process, killed amid what restores it: no branch acts in a wrong one."""

import asyncio
from collections.abc import Sequence

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, Status, tool
from agent_brain.core.items import Message
from nets.planners import show
from nets.seeking import FINAL, REFLECT, VERDICT, find_memory, make_brain

WORLD_STATES = {"reset", "restore"}
NET = "lats(trajectories=3, branches=1, depth=3)"


class World:
    """A shelf that outlives processes, and what it and the journal were like whenever it was touched."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.books: list[str] = []
        self.cuts: list[tuple[int, list[str]]] = []
        self.judged: list[tuple[list[str], list[str]]] = []
        self.is_watched = True

    async def note(self) -> None:
        """Keep what a process that dies here leaves."""
        await asyncio.sleep(0)
        if self.is_watched:
            self.cuts.append(((await self.store.get("r")).head, list(self.books)))

    async def clear(self) -> None:
        await self.note()
        del self.books[len(self.books) // 2 :]
        await self.note()
        self.books.clear()
        await self.note()

    async def put(self, book: str) -> str:
        """Put a book on the shelf."""
        await self.note()
        self.books.append(book)
        await self.note()
        return f"there: {len(self.books)}"

    def judge(self, question: str, answer: str) -> bool:
        self.judged.append((list(self.books), answer.split()))
        return False


def reply(messages: Sequence[Message]) -> str:
    """Puts a further book in each run, then tells of all that were put on the way; a function of its messages."""
    shown = show(messages)
    if VERDICT in shown or REFLECT in shown:
        return "Verdict: likely"
    if FINAL in messages[-1]["content"]:
        return "I was stopped."
    count = find_memory(messages, "path").count("put(book=")
    is_put = any('"book"' in message["content"] for message in messages if message["role"] == "assistant")
    if is_put or count >= 3:
        return " ".join(f"b{place}" for place in range(count + is_put))
    return f'{{"name": "put", "args": {{"book": "b{count}"}}}}'


def make(world: World) -> Brain:
    tools = [tool(world.put, reset=world.clear)]
    return make_brain(ScriptedModel(reply), NET, tools=tools, evaluator=world.judge, store=world.store)


async def test_killed_between_a_reset_and_what_is_done_again_the_world_is_brought_to_where_the_branch_begins() -> None:
    world = World()
    whole = await make(world).run("Put books there.", run_id="r")
    assert whole.status is Status.ANSWERED
    assert all(found == told for found, told in world.judged)
    world.is_watched, killed = False, 0
    for head, books in world.cuts:
        fork = await make(world).fork("r", head)
        if (await make(world).load(fork)).state not in WORLD_STATES:
            continue
        world.books, world.judged, killed = list(books), [], killed + 1
        result = await make(world).go_on(fork)
        assert (result.answer, result.status) == (whole.answer, whole.status), head
        assert all(found == told for found, told in world.judged), (head, books, world.judged)
    assert killed > 15


async def test_what_stays_in_doubt_however_often_it_is_done_again_ends_the_search() -> None:
    shelf: list[str] = []

    async def put(book: str) -> str:
        """Put a book on the shelf; a second time it does not come to an end."""
        if book in shelf:
            await asyncio.Event().wait()
        shelf.append(book)
        return "there"

    tools = [tool(put, reset=lambda: None, timeout_seconds=0.01)]
    brain = make_brain(ScriptedModel(reply), NET, tools=tools, limits=Limits(model_calls=500, repeats=None))
    result = await brain.run("Put books there.", run_id="r")
    (await brain.replay("r")).check()
    assert result.status is Status.LIMITED
    assert result.env.limit == "what a branch begins with is in doubt, and was reset too often"
    assert result.env.visits["restore"] == brain.net["restore"].visits_max
