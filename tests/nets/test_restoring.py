"""Tree search in a world that changes: what a branch finds, and what its answer is judged in."""

import re
from collections.abc import Sequence

import pytest
from pydantic import SecretStr

from agent_brain import Limits, MemoryStore, ScriptedModel, Status, tool
from agent_brain.core.errors import SetupError
from agent_brain.core.items import Message
from agent_brain.core.record_json import encode_records
from nets.planners import show
from nets.seeking import FINAL, REFLECT, VERDICT, find_memory, make_brain
from nets.walking import read_commits


class Shelf:
    """Books, and the worlds in which answers were judged."""

    def __init__(self) -> None:
        self.books: list[str] = []
        self.judged: list[tuple[list[str], list[str]]] = []
        self.count = 0

    def clear(self) -> None:
        self.books.clear()

    def put(self, book: str) -> str:
        """Put a book on the shelf."""
        self.books.append(book)
        return "there: " + " ".join(self.books)

    def judge(self, question: str, answer: str) -> bool:
        """Lets nothing pass, and keeps what was there and what the answer tells of."""
        self.judged.append((list(self.books), answer.split()))
        return False

    def reply(self, messages: Sequence[Message]) -> str:
        """Puts a further book, then tells of all that were put on the way to here."""
        shown = show(messages)
        if VERDICT in shown or REFLECT in shown:
            return "Verdict: likely"
        if FINAL in messages[-1]["content"]:
            return "I was stopped."
        books = re.findall(r"put\(book='(\w+)'\)", find_memory(messages, "path"))
        said = "".join(message["content"] for message in messages if message["role"] == "assistant")
        own = re.findall(r'"book": "(\w+)"', said)
        if own or len(books) >= 3:
            return " ".join([*books, *own])
        self.count += 1
        return f'{{"name": "put", "args": {{"book": "b{self.count}"}}}}'


async def test_the_authors_code_acts_wherever_the_world_is_and_this_restores_it_before_a_branch_acts() -> None:
    shelf = Shelf()
    brain = make_brain(
        ScriptedModel(shelf.reply),
        "lats(trajectories=6, depth=4)",
        tools=[tool(shelf.put, reset=shelf.clear)],
        evaluator=shelf.judge,
    )
    result = await brain.run("Put books there.", run_id="r")
    before = list(shelf.books)
    (await brain.replay("r")).check()
    assert result.status is Status.ANSWERED
    assert len(shelf.judged) == 6
    assert max(len(world) for world, _ in shelf.judged) >= 3
    assert all(world == told for world, told in shelf.judged)
    assert shelf.books == before  # a replay touches nothing


@pytest.mark.parametrize("most", range(1, 40, 3))
async def test_a_branch_whose_world_cannot_be_restored_any_more_is_not_begun(most: int) -> None:
    shelf = Shelf()
    brain = make_brain(
        ScriptedModel(shelf.reply),
        "lats(trajectories=6, depth=4)",
        tools=[tool(shelf.put, reset=shelf.clear)],
        evaluator=shelf.judge,
        limits=Limits(model_calls=500, tool_calls=most),
    )
    result = await brain.run("Put books there.", run_id="r")
    (await brain.replay("r")).check()
    assert result.usage.tool_calls <= most
    assert result.status is Status.LIMITED
    assert all(world == told for world, told in shelf.judged if told[0] != "I")


def test_a_tool_without_a_reset_is_refused_unless_traces_do_not_matter() -> None:
    shelf = Shelf()
    with pytest.raises(SetupError, match="what put has changed in the first one"):
        make_brain(tools=[tool(shelf.put)])
    assert make_brain(net="lats(resets=False)", tools=[tool(shelf.put)]).net.name == "lats"


async def test_what_no_reset_undoes_is_not_done_again() -> None:
    shelf = Shelf()
    brain = make_brain(ScriptedModel(shelf.reply), "lats(trajectories=3, resets=False)", tools=[tool(shelf.put)])
    await brain.run("Put books there.")
    assert len(shelf.books) == len(set(shelf.books)) > 3


async def test_what_was_done_with_a_secret_cannot_be_done_again_and_is_in_no_journal() -> None:
    store = MemoryStore()

    @tool(reset=lambda: None)
    def unlock(password: SecretStr) -> str:
        """Unlock the door."""
        return "open" if password.get_secret_value() == "hunter2hunter2" else "shut"

    model = ScriptedModel(lambda _: '{"name": "unlock", "args": {"password": "hunter2hunter2"}}')
    result = await make_brain(model, tools=[unlock], store=store).run("Open it.", run_id="r")
    told = encode_records([record for commit in await read_commits(store) for record in commit])
    assert result.status is Status.FAILED
    assert "unlock cannot be done again: its arguments hold a secret" in str(result.error)
    assert "hunter2" not in told


def test_several_branches_at_once_need_tools_that_change_nothing() -> None:
    shelf = Shelf()
    with pytest.raises(SetupError, match="at the same time"):
        make_brain(net="lats(at_once=2)", tools=[tool(shelf.put, reset=shelf.clear)])
