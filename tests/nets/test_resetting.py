"""Tools that undo what they did, before another attempt."""

from collections.abc import Sequence

import pytest

from agent_brain import Brain, MemoryStore, ScriptedModel, Status, tool
from agent_brain.core.errors import SetupError
from agent_brain.core.net import Net
from agent_brain.core.tooling import ToolSpec
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.resetting import LenientResetState, ResetState
from agent_brain.tools.toolbox import Toolbox


class Desk:
    """Papers that can be put on it."""

    def __init__(self) -> None:
        self.papers = ["old"]

    def clear(self) -> None:
        """Take them away."""
        self.papers.clear()

    async def clear_slowly(self) -> None:
        """Take them away."""
        self.papers.clear()

    @tool
    def put(self, paper: str) -> str:
        """Put a paper there."""
        self.papers.append(paper)
        return "done"


def make_net(state: ResetState) -> Net:
    return Net("tidy", {"reset": state, "answer": AnswerState()}, start="reset")


def make_brain(state: ResetState, *tools: object) -> Brain:
    return Brain(net=make_net(state), model=ScriptedModel(["Tidy."] * 2), tools=tools, store=MemoryStore())  # type: ignore[arg-type]  # any tools


@pytest.mark.parametrize("name", ["clear", "clear_slowly"])
async def test_tools_are_reset_and_a_replay_resets_none(name: str) -> None:
    desk = Desk()
    brain = make_brain(ResetState(then="answer"), tool(desk.put, reset=getattr(desk, name)))
    result = await brain.run("Tidy up.", run_id="r")
    assert (result.answer, desk.papers) == ("Tidy.", [])

    desk.papers.append("kept")
    (await brain.replay("r")).check()
    assert desk.papers == ["kept"]


async def test_a_method_of_the_class_resets_its_instance() -> None:
    class Shelf:
        def __init__(self) -> None:
            self.books = ["old"]

        def clear(self) -> None:
            self.books.clear()

        @tool(reset=clear)
        def put(self, book: str) -> str:
            """Put a book there."""
            return book

    shelf, other = Shelf(), Shelf()
    await make_brain(ResetState(then="answer"), shelf.put).run("Tidy up.")
    assert (shelf.books, other.books) == ([], ["old"])


async def test_a_reset_that_fails_ends_the_run_and_says_why() -> None:
    def jam() -> None:
        raise OSError("stuck")

    result = await make_brain(ResetState(then="answer"), tool(Desk().put, reset=jam)).run("Tidy up.")
    assert result.status is Status.FAILED
    assert result.env.error == "tool 'put' could not be reset: OSError: stuck"


def test_a_tool_that_leaves_traces_is_refused_with_what_would_do() -> None:
    with pytest.raises(SetupError, match=r"what put has changed .* wanted @tool\(reset=...\)"):
        make_brain(ResetState(then="answer"), Desk().put)


def test_a_tool_that_changes_nothing_needs_no_reset() -> None:
    assert make_brain(ResetState(then="answer"), tool(Desk().put, read_only=True)).net.name == "tidy"


def test_where_traces_do_not_matter_none_is_refused() -> None:
    assert make_brain(LenientResetState(then="answer"), Desk().put).net.name == "tidy"


async def test_tools_that_are_found_later_are_refused_when_they_are_found() -> None:
    class Found(Toolbox):
        """As tools of a server: known once it was reached."""

        specs: Sequence[ToolSpec] = ()

        async def open(self) -> None:
            self.specs = (ToolSpec("wipe", "Wipe the disk.", {"type": "object", "properties": {}}),)

    brain = Brain(net=make_net(ResetState(then="answer")), model=ScriptedModel(["Tidy."]), tools=Found())
    with pytest.raises(SetupError, match="what wipe has changed"):
        await brain.run("Tidy up.")


def test_a_reset_that_cannot_be_called_is_refused() -> None:
    with pytest.raises(SetupError, match="wanted a function that undoes"):
        tool(Desk().put, reset=3)  # type: ignore[call-overload]  # what is tested
