"""A story tells of every step what was said, done, seen and spent, whatever part of a journal it is given."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agent_brain.brain import Brain
from agent_brain.core.chat import Reply
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import ItemKind, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import PauseKind, ReplySource
from agent_brain.core.records import Status
from agent_brain.core.state import END, StateType
from agent_brain.core.store import Commit
from agent_brain.engine.history import read_history
from agent_brain.engine.limits import Limits
from agent_brain.engine.telling import read_story, tell
from agent_brain.models.scripted import Line, ScriptedModel
from agent_brain.tools.function_tool import tool

ADD = '{"name": "add", "args": {"a": 2, "b": 3}}'
PAY = '{"name": "pay", "args": {"euros": 5}}'
REASONING, ACTION, ANSWER = StateType.REASONING, StateType.ACTION, StateType.ANSWER


@tool
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool(needs_approval=True)
async def pay(euros: int) -> str:
    """Pay."""
    return f"paid {euros}"


def make(*replies: Line, limits: Limits | None = None) -> Brain:
    return Brain(model=ScriptedModel(list(replies)), tools=[add, pay], limits=limits)


async def read_commits(brain: Brain, run_id: str) -> list[Commit]:
    return [commit async for commit in brain.store.read(run_id)]


async def begin(brain: Brain, question: str = "What is 2 + 3?") -> str:
    return (await brain.run(question)).run_id


def cut(commits: Sequence[Commit], head: int) -> list[Commit]:
    """The first records of a journal."""
    kept = [replace(commit, records=commit.records[: max(0, head + 1 - commit.first)]) for commit in commits]
    return [commit for commit in kept if commit.records]


async def test_a_step_tells_what_was_said_done_and_seen_and_why_it_moved() -> None:
    brain = make(Reply(ADD, "two and three"), "I have it.", "Five.")
    story = tell(await read_commits(brain, await begin(brain)))

    assert [(step.number, step.state, step.target) for step in story.steps] == [
        (1, REASONING, ACTION), (2, ACTION, REASONING), (3, REASONING, ANSWER), (4, ANSWER, END),
    ]  # fmt: skip
    first, second = story.steps[:2]
    assert (first.said[0].kind, first.said[0].text, first.said[0].reasoning) == (ItemKind.THOUGHT, ADD, "two and three")
    assert first.reason == "it asked for add"
    [deed] = second.actions
    assert (deed.name, deed.args, deed.status, deed.outcome, deed.starts) == (
        "add", {"a": 2, "b": 3}, OutcomeStatus.FINISHED, "5", 1,
    )  # fmt: skip


async def test_a_story_is_equal_to_the_env_where_they_tell_the_same() -> None:
    brain = make(ADD, "I have it.", "Five.")
    result = await brain.run("What is 2 + 3?")
    story = tell(await read_commits(brain, result.run_id))

    env = result.env
    assert (story.run_id, story.goal, story.net) == (env.run_id, env.goal, env.net)
    assert (story.status, story.answer, story.usage) == (env.status, env.answer, env.usage)
    assert (story.last, story.words) == (env.head, env.words)
    assert sum(step.usage.tokens for step in story.steps) == env.usage.tokens
    assert sum(step.usage.seconds for step in story.steps) == env.usage.seconds


async def test_records_of_a_story_are_counted_without_a_gap() -> None:
    brain = make(ADD, "I have it.", "Five.")
    story = tell(await read_commits(brain, await begin(brain)))

    ranges = [(step.first, step.last) for step in story.steps]
    assert [first for first, _ in ranges[1:]] == [last + 1 for _, last in ranges[:-1]]
    assert (ranges[0][0], ranges[-1][1]) == (2, story.last)


async def test_a_call_has_its_whole_reply_also_where_the_log_has_other_words() -> None:
    brain = make(ADD, "I have it.", "  Five.  ")
    story = tell(await read_commits(brain, await begin(brain)))

    calls = [call for step in story.steps for call in step.calls]
    assert [call.text for call in calls] == [ADD, "I have it.", "  Five.  "]
    assert all(call.usage.model_calls == 1 and story.words[call.system] for call in calls)


async def test_a_step_that_waits_is_one_step_and_says_whose_word_the_reply_was() -> None:
    brain = make(PAY, "It is done.", "Paid.")
    run_id = await begin(brain, "Pay 5 euros.")
    waiting = tell(await read_commits(brain, run_id))
    [_ async for _ in brain.resume(run_id, {"q1": {"approve": True, "args": {"euros": 4}}})]
    story = tell(await read_commits(brain, run_id))

    assert (waiting.status, waiting.steps[1].actions[0].starts) == (Status.WAITING, 0)
    assert [step.state for step in story.steps] == [REASONING, ACTION, REASONING, ANSWER]
    [wait] = story.steps[1].pauses
    assert (wait.kind, wait.source) == (PauseKind.APPROVAL, ReplySource.PERSON)
    assert (story.steps[1].actions[0].args, story.steps[1].actions[0].starts) == ({"euros": 4}, 1)


async def test_a_limit_is_told_in_the_step_that_it_kept_from_beginning() -> None:
    brain = make(ADD, "Five.", limits=Limits(model_calls=2))
    story = tell(await read_commits(brain, await begin(brain)))

    assert story.status is Status.LIMITED
    assert [(step.state, step.limit) for step in story.steps if step.limit] == [
        (REASONING, "the limit of 2 model calls was reached")
    ]


async def test_a_step_that_failed_and_was_tried_again_is_one_step() -> None:
    brain = make(ModelError(ModelErrorKind.SERVER, "no power"), "I have it.", "Five.")
    run_id = await begin(brain)
    failed = tell(await read_commits(brain, run_id))
    [_ async for _ in brain.resume(run_id)]
    story = tell(await read_commits(brain, run_id))

    assert (failed.status, failed.error, failed.steps[0].errors) == (Status.FAILED, "no power", ("no power",))
    assert (story.status, story.error) == (Status.ANSWERED, "")
    assert [(step.state, step.errors) for step in story.steps] == [(REASONING, ("no power",)), (ANSWER, ())]


async def test_forks_and_further_questions_say_where_they_begin() -> None:
    brain = make("I have it.", "Five.", "And more.", "Six.")
    first = await brain.run("What is 2 + 3?", run_id="first")
    await brain.run("And 1 more?", after=first.env, run_id="second")
    await brain.fork("second", fork_id="third")
    story = tell(await read_commits(brain, "third"))

    assert [(origin.run_id, origin.parent, origin.is_fork) for origin in story.origins] == [
        ("second", "first", False), ("third", "second", True),
    ]  # fmt: skip
    assert [(asking.run_id, asking.goal) for asking in story.questions] == [
        ("first", "What is 2 + 3?"), ("second", "And 1 more?"),
    ]  # fmt: skip
    assert [(step.question, step.number) for step in story.steps] == [(1, 1), (1, 2), (2, 1), (2, 2)]


async def test_history_is_the_whole_family_in_the_order_of_its_forks() -> None:
    brain = make("I have it.", "Five.", "And more.", "Six.")
    first = await brain.run("What is 2 + 3?", run_id="first")
    await brain.fork("first", 7, fork_id="late")
    await brain.fork("first", 3, fork_id="early")
    await brain.run("And 1 more?", after=first.env, run_id="second")
    await brain.fork("second", fork_id="third")

    for asked_of in ("first", "third", "early"):
        family = await read_history(brain.store, asked_of)
        assert [(one.run_id, one.depth, one.link) for one in family] == [
            ("first", 0, ""), ("early", 1, "fork"), ("late", 1, "fork"),
            ("second", 1, "question"), ("third", 2, "fork"),
        ]  # fmt: skip


@given(head=st.integers(min_value=0, max_value=40))
async def test_every_prefix_of_a_journal_has_a_story(head: int) -> None:
    brain = make(f"[{ADD}, {PAY}]", "not {", "I have it.", "Five.")
    run_id = await begin(brain)
    [_ async for _ in brain.resume(run_id, {"q1": False})]
    commits = cut(await read_commits(brain, run_id), head)
    story = tell(commits)

    env = MemoryEnv.fold(record for commit in commits for record in commit.records)
    assert (story.status, story.state, story.last) == (env.status, env.state, env.head) or not commits
    assert story.usage == env.usage


async def test_a_compacted_run_says_how_much_is_gone_and_tells_the_rest() -> None:
    brain = make(PAY, "It is done.", "Paid.")
    run_id = await begin(brain, "Pay 5 euros.")
    commits = await read_commits(brain, run_id)
    before = await brain.load(run_id)
    [_ async for _ in brain.resume(run_id, {"q1": True})]
    rest = (await read_commits(brain, run_id))[len(commits) :]
    story = tell(rest, before)

    assert (story.gone, story.goal, story.status) == (before.head, "Pay 5 euros.", Status.ANSWERED)
    assert [(step.number, step.state) for step in story.steps] == [(2, ACTION), (3, REASONING), (4, ANSWER)]
    assert (story.steps[0].actions[0].name, story.steps[0].pauses[0].reply) == ("pay", True)
    assert tell(rest).gone == before.head


async def test_the_story_of_a_stored_run_takes_its_status_from_its_row() -> None:
    brain = make("I have it.", "Five.")
    run_id = await brain.submit("What is 2 + 3?")

    assert (await read_story(brain.store, run_id)).status is Status.READY
