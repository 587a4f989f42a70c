"""What tests of nets share: models that go by what a state asks, a run's moves, and runs killed after each commit."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing

from agent_brain import Brain, ScriptedModel
from agent_brain.core.items import Message
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.records import Record, StateSet
from agent_brain.core.store import Store
from agent_brain.engine.result import Result
from agent_brain.models.scripted import Line, Script


def go_by(*rules: tuple[str, Line | Script]) -> ScriptedModel:
    """A model that says to the first words which stand in the last message what belongs to them.

    It is a function of its messages, so a run that is resumed or forked finds it as it was.
    """

    def reply(messages: Sequence[Message]) -> Line:
        said = next(said for words, said in rules if words in messages[-1]["content"])
        return said(messages) if callable(said) else said

    return ScriptedModel(reply)


async def read_commits(store: Store, run_id: str = "r") -> list[tuple[Record, ...]]:
    """The records of a run, commit by commit."""
    async with aclosing(store.read(run_id)) as commits:
        return [tuple(commit.records) async for commit in commits]


async def find_path(store: Store, run_id: str = "r") -> list[str]:
    """The states that a run moved to, in order."""
    records = [record for commit in await read_commits(store, run_id) for record in commit]
    return [record.state for record in records if isinstance(record, StateSet)]


async def check_resumes(
    make: Callable[[], Brain],
    whole: Result,
    go_on: Callable[[Brain, str], Awaitable[Result]] = Brain.go_on,
    *,
    draw: int | None = None,
    same_steps: bool = True,
) -> None:
    """Let a run pass that replays the same, and comes to the same end wherever it was killed.

    Each brain that is made has the run's store; `go_on` takes a run to its end, where a person has a say in it. With
    a number drawn, the run is killed after that commit alone. `same_steps`: also in as many steps, as where nothing
    that is in doubt is undone and done again.
    """
    brain = make()
    (await brain.replay(whole.run_id)).check()
    commits = await read_commits(brain.store, whole.run_id)
    check_reads(brain.net, commits)
    places = range(1, len(commits))
    for place in places if draw is None else [places[draw % len(places)]]:
        head = sum(map(len, commits[:place]))
        result = await go_on(make(), await brain.fork(whole.run_id, head))
        assert (result.answer, result.status) == (whole.answer, whole.status), head
        assert result.usage.model_calls == whole.usage.model_calls, head
        assert _tell(result, same_steps) == _tell(whole, same_steps), head


def check_reads(net: Net, commits: Sequence[Sequence[Record]]) -> None:
    """Let a run pass whose states found, wherever the net let them be entered, what they say that they read."""
    env = MemoryEnv()
    for record in (record for commit in commits for record in commit):
        env.update(record)
        if not isinstance(record, StateSet) or env.limit:
            continue
        known = [*env.board, *env.slots]
        missing = [key for key in net[env.state].reads if not any(name.startswith(key) for name in known)]
        assert not missing, (env.state, missing)


def _tell(result: Result, has_turns: bool) -> list[object]:
    """What stands in a run's log, but for the run's name."""
    return [(item.kind, item.text, item.action, item.outcome, has_turns and item.turn) for item in result.env.log]
