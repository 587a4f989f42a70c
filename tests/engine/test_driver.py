"""The driver streams what happens, in order, and ends every run with a status."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.chat import Again, Delta, Reply
from agent_brain.core.errors import IllegalMove, ModelError, ModelErrorKind, RunError, SetupError
from agent_brain.core.events import Chunk, ChunkKind, Ended, Entered, Event, Moved, Piece, Retracted
from agent_brain.core.items import Action, Item, ItemKind, Observation, OutcomeStatus
from agent_brain.core.lens import Lens
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import ActionFinished, ActionStarted, Record, Status
from agent_brain.core.state import END, State, StateType
from agent_brain.core.tooling import ToolSpec
from agent_brain.core.usage import Usage
from agent_brain.engine.limits import Limits
from agent_brain.memories.whole import Whole
from agent_brain.models.scripted import ScriptedModel
from agent_brain.nets.react import react
from agent_brain.nets.speaking import SpeakingState
from agent_brain.tools.function_tool import tool

ADD = 'I add them.\n```json\n{"name": "add", "args": {"a": 2, "b": 3}}\n```'
SCRIPT = [ADD, "I have it.", "2 + 3 = 5"]


@tool
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def scripted(*replies: str) -> Brain:
    return Brain(model=ScriptedModel(list(replies)), tools=[add])


async def collect(brain: Brain, question: str = "What is 2 + 3?") -> list[Event]:
    return [event async for event in brain.stream(question)]


async def test_a_run_walks_its_net_and_answers() -> None:
    events = await collect(scripted(*SCRIPT))

    moves = [(event.source, event.target) for event in events if isinstance(event, Moved)]
    assert moves == [
        (StateType.REASONING, StateType.ACTION),
        (StateType.ACTION, StateType.REASONING),
        (StateType.REASONING, StateType.ANSWER),
        (StateType.ANSWER, END),
    ]
    last = events[-1]
    assert isinstance(last, Ended)
    assert (last.status, last.answer, last.error) == (Status.ANSWERED, "2 + 3 = 5", None)


async def test_every_chunk_says_whose_voice_it_is() -> None:
    events = await collect(scripted(*SCRIPT))

    said: dict[tuple[str, ChunkKind], str] = {}
    for event in events:
        if isinstance(event, Chunk):
            said[event.state, event.kind] = said.get((event.state, event.kind), "") + event.text
    assert said == {
        (StateType.REASONING, ChunkKind.THOUGHT): ADD + "I have it.",
        (StateType.ACTION, ChunkKind.ACTION): "add(a=2, b=3)",
        (StateType.ACTION, ChunkKind.OBSERVATION): "5",
        (StateType.ANSWER, ChunkKind.ANSWER): "2 + 3 = 5",
    }


async def test_the_records_in_the_stream_fold_to_the_env_of_the_end() -> None:
    events = await collect(scripted(*SCRIPT))

    last = events[-1]
    assert isinstance(last, Ended)
    assert MemoryEnv.fold(event for event in events if isinstance(event, Record)) == last.env


async def test_an_intent_is_out_before_its_tool_runs_and_the_outcome_before_it_is_shown() -> None:
    seen: list[str] = []

    @tool
    async def look() -> str:
        """Look."""
        seen.append("tool runs")
        return "seen"

    brain = Brain(model=ScriptedModel(['{"name": "look", "args": {}}', "Done.", "Seen."]), tools=[look])
    async for event in brain.stream("Look!"):
        match event:
            case ActionStarted():
                seen.append("intent")
            case ActionFinished():
                seen.append("outcome")
            case Chunk(kind=ChunkKind.OBSERVATION):
                seen.append("shown")
    assert seen == ["intent", "tool runs", "outcome", "shown"]


async def test_answer_streams_the_text_of_every_state() -> None:
    pieces = [text async for text in scripted(*SCRIPT).answer("What is 2 + 3?")]

    assert "".join(pieces) == f"{ADD}\nadd(a=2, b=3)\n5\n\nI have it.\n2 + 3 = 5\n"


async def test_answer_streams_the_voices_that_are_asked_for_alone() -> None:
    pieces = [text async for text in scripted(*SCRIPT).answer("What is 2 + 3?", kinds={ChunkKind.ANSWER})]

    assert "".join(pieces) == "2 + 3 = 5"


async def test_the_last_thought_stands_in_for_an_answer_without_a_word() -> None:
    result = await scripted("It is five.", "").run("What is 2 + 3?")

    assert result.answer == "It is five."


async def test_a_run_without_any_word_fails_and_says_so() -> None:
    brain = Brain(model=ScriptedModel([ADD, ""]), tools=[add], limits=Limits(model_calls=2))
    result = await brain.run("What is 2 + 3?")

    assert isinstance(result.error, ModelError)
    assert result.error.kind is ModelErrorKind.EMPTY


async def test_a_bug_in_a_state_comes_through_with_a_note_of_where_it_was() -> None:
    class Buggy(SpeakingState):
        def _learn(self, env: MemoryEnv, reply: Reply) -> None:
            raise KeyError("oh")

    net = react.extend("buggy", {"buggy": Buggy()}, {StateType.ACTION: {"buggy"}})
    with pytest.raises(KeyError) as caught:
        await Brain(net, model=ScriptedModel(SCRIPT), tools=[add]).run("What is 2 + 3?", run_id="r7")

    assert caught.value.__notes__ == ["in run r7, state 'buggy', step 3"]


async def test_a_failed_run_is_a_result_whose_answer_raises() -> None:
    broken = ModelError(ModelErrorKind.AUTHENTICATION, "the key is wrong")
    result = await Brain(model=ScriptedModel([ADD, broken]), tools=[add]).run("What is 2 + 3?")

    assert (result.status, result.error) == (Status.FAILED, broken)
    assert result.env.error == "the key is wrong"
    assert [item.outcome for item in result.env.log if item.kind is ItemKind.ACTION] == [Observation("5")]
    with pytest.raises(ModelError, match="the key is wrong"):
        result.answer  # noqa: B018  # reading it is what raises


async def test_an_action_in_flight_when_the_run_fails_gets_an_unknown_outcome() -> None:
    class Breaking:
        specs = (ToolSpec("add", "Add.", {"type": "object", "properties": {}}),)

        async def call(self, action: Action, action_id: str) -> AsyncGenerator[str | Observation, None]:
            raise ModelError(ModelErrorKind.SERVER, "a brain inside this tool failed")
            yield ""

    result = await Brain(model=ScriptedModel([ADD]), tools=Breaking()).run("What is 2 + 3?")

    [action] = [item for item in result.env.log if item.kind is ItemKind.ACTION]
    assert result.status is Status.FAILED
    assert action.outcome is not None
    assert action.outcome.status is OutcomeStatus.UNKNOWN


async def test_answer_raises_what_ended_the_run() -> None:
    brain = Brain(model=ScriptedModel([ModelError(ModelErrorKind.QUOTA, "no money left")]))
    with pytest.raises(ModelError, match="no money left"):
        async for _ in brain.answer("What?"):
            pass


async def test_a_result_keeps_nothing_of_what_was_worked_out_on_the_way() -> None:
    class Looking(Whole):
        def render(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
            seen.append(env.derive(list))
            return super().render(env, lens)

    seen: list[list[str]] = []
    result = await Brain("react_brief", Looking(), ScriptedModel([ADD, "5"]), [add]).run("What is 2 + 3?")
    assert len({id(kept) for kept in seen}) == 1
    assert result.env.derive(list) is not seen[0]


async def test_a_further_question_goes_on_with_the_conversation() -> None:
    model = ScriptedModel(["Five.", "5", "Ten.", "10"])
    brain = Brain(model=model)
    first = await brain.run("What is 2 + 3?")
    second = await brain.run("And twice that?", after=first.env)

    assert second.answer == "10"
    assert first.answer == "5"
    assert second.usage.model_calls == 2
    assert [item.text for item in second.env.log if item.kind is ItemKind.GOAL] == ["What is 2 + 3?", "And twice that?"]
    assert "What is 2 + 3?" in str(model.calls[-1])


@pytest.mark.parametrize("question", ["", "  \n", None, b"What?"])
async def test_a_question_without_text_is_refused(question: Any) -> None:
    with pytest.raises(SetupError, match="wanted some text"):
        await scripted(*SCRIPT).run(question)


async def test_run_sync_inside_a_running_loop_says_what_to_do() -> None:
    with pytest.raises(SetupError, match="use: await"):
        scripted(*SCRIPT).run_sync("What is 2 + 3?")


def test_run_sync_works_twice_on_one_brain() -> None:
    brain = scripted(*SCRIPT, *SCRIPT)

    assert [brain.run_sync("What is 2 + 3?").answer for _ in range(2)] == ["2 + 3 = 5"] * 2


async def test_what_a_broken_call_had_streamed_is_retracted_and_not_kept() -> None:
    class Breaking:
        name = "breaking"

        async def stream(self, messages: object) -> AsyncGenerator[Delta | Again, None]:
            yield Delta("The answer is fo")
            yield Again("the stream was cut", 1, 0.0)
            yield Delta("The answer is 5.", finish="stop", usage=Usage(input_tokens=7, output_tokens=5))

    events = await collect(Brain("react_brief", model=Breaking()))

    last = events[-1]
    assert isinstance(last, Ended)
    assert last.answer == "The answer is 5."
    assert [event.reason for event in events if isinstance(event, Retracted)] == ["the stream was cut"]
    assert last.env.usage.model_calls == 2  # what was cut had been paid for


class Lost(State):
    """Names as many next states as it is told to."""

    def __init__(self, *targets: str, says: Any = "where to?") -> None:
        self.goals, self.says = targets, says

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        yield self.says

    async def _transition(self, env: MemoryEnv) -> None:
        for target in self.goals:
            env.set_state(target)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (Lost(), "this one named 0"),
        (Lost(StateType.ACTION, StateType.ACTION), "this one named 2"),
        (Lost(StateType.ANSWER), "forbids the move lost -> answer"),
        (Lost(END), "a run is ended by env.done = True"),
        (Lost(says=7), "yielded 7; wanted text"),
    ],
)
async def test_a_state_that_breaks_the_rules_fails_the_run_clearly(state: State, sentence: str) -> None:
    net = react.extend("lost", {"lost": state}, {StateType.ACTION: {"lost"}, "lost": {StateType.REASONING}})
    result = await Brain(net, model=ScriptedModel(SCRIPT), tools=[add]).run("What is 2 + 3?")

    assert result.status is Status.FAILED
    assert isinstance(result.error, RunError)
    assert sentence in str(result.error)


class Hasty(State):
    """Ends the run, though it is none of the states that may."""

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        yield "done!"
        env.add(ItemKind.ANSWER, "whatever")

    async def _transition(self, env: MemoryEnv) -> None:
        env.done = True


async def test_only_a_state_that_the_table_lets_end_the_run_may_answer() -> None:
    net = react.extend("hasty", {"hasty": Hasty()}, {StateType.ACTION: {"hasty"}, "hasty": {StateType.REASONING}})
    result = await Brain(net, model=ScriptedModel(SCRIPT), tools=[add]).run("What is 2 + 3?")

    assert (result.status, result.env.answer) == (Status.FAILED, "")
    assert isinstance(result.error, IllegalMove)
    with pytest.raises(IllegalMove, match="forbids the move hasty -> end"):
        result.answer  # noqa: B018  # reading it is what raises


async def test_several_actions_of_one_turn_run_at_the_same_time_and_keep_their_order() -> None:
    met = asyncio.Barrier(2)

    @tool
    async def meet(name: str) -> str:
        """Wait for the other one."""
        await asyncio.wait_for(met.wait(), 5)
        return f"{name} was there"

    both = '[{"name": "meet", "args": {"name": "Ann"}}, {"name": "meet", "args": {"name": "Bob"}}]'
    result = await Brain(model=ScriptedModel([both, "Both.", "Both were there."]), tools=[meet]).run("Meet!")

    actions = [item for item in result.env.log if item.kind is ItemKind.ACTION]
    assert [item.action for item in actions] == [Action(name="meet", args={"name": name}) for name in ("Ann", "Bob")]
    assert [item.outcome and item.outcome.text for item in actions] == ["Ann was there", "Bob was there"]


async def test_steps_are_counted_from_one() -> None:
    events = await collect(scripted(*SCRIPT))

    assert [event.step for event in events if isinstance(event, Entered)] == [1, 2, 3, 4]


@pytest.mark.parametrize("net", ["react", "react_brief"])
async def test_inline_thinking_is_no_part_of_an_answer(net: str) -> None:
    brain = Brain(net, model=ScriptedModel(lambda _: "<think>\nTwo and {three}.\n</think>\n\nIt is 5."), tools=[add])

    assert (await brain.run("What is 2 + 3?")).answer == "It is 5."


async def test_inline_thinking_alone_is_no_answer() -> None:
    result = await Brain(model=ScriptedModel(lambda _: "<think>\nTwo and {three}.")).run("What is 2 + 3?")

    assert result.status is Status.FAILED
    assert "answered with nothing" in str(result.error)
