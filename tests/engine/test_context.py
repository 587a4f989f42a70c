"""Prompts that fit: counted before the call, shortened after a refusal, visibly, and the same again in a replay."""

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.chat import Again, Delta, Reply
from agent_brain.core.errors import ModelError, ModelErrorKind, PromptSizes
from agent_brain.core.events import Event, Retracted
from agent_brain.core.items import Message
from agent_brain.core.records import Fitted, Refused, Status
from agent_brain.core.usage import estimate_tokens
from agent_brain.engine.replay import replay_stored
from agent_brain.models.fallback import GOES_ON, FallbackModel
from agent_brain.models.scripted import Line, ScriptedModel
from agent_brain.tools.function_tool import tool

QUESTION = "What do the pages say of the harbour?"
PAGES = 12


@tool(read_only=True)
def read_page(number: int) -> str:
    """Read one page of the book."""
    return f"Page {number}. " + "The harbour lies to the north of the old town, behind the mill. " * 20


def write(messages: Sequence[Message]) -> Line:
    """Reads page after page, by how much was read, then answers."""
    said = messages[-1]["content"]
    if "Now give the final answer" in said:
        return "It lies to the north."
    last = next((text for text in said.split('{"') if "Page" in text), said)
    number = int(last.partition("Page ")[2].partition(".")[0] or 0) + 1
    if number > PAGES:
        return "I have read enough."
    return json.dumps({"name": "read_page", "args": {"number": number}})


class Small:
    """A model with a small context, whose server refuses what is larger, in its own words."""

    def __init__(self, window: int, tell: Callable[[int, int], PromptSizes | None], name: str = "small") -> None:
        self.window = window
        self.tell = tell
        self.model = ScriptedModel(self.say, name=name)

    def say(self, messages: Sequence[Message]) -> Line:
        tokens = estimate_tokens(sum(len(message["content"]) for message in messages))  # as it reports them
        if tokens <= self.window:
            return write(messages)
        words = f"the prompt has {tokens} tokens, the context {self.window}"
        raise ModelError(ModelErrorKind.CONTEXT_LENGTH, words, sizes=self.tell(self.window, tokens))


def tell_all(window: int, tokens: int) -> PromptSizes:
    return PromptSizes(window, tokens)


def tell_window(window: int, _: int) -> PromptSizes:
    return PromptSizes(window)


def tell_nothing(*_: int) -> None:
    return None


async def watch(brain: Brain) -> tuple[list[Event], Any]:
    async with aclosing(brain.stream(QUESTION)) as stream:
        events = [event async for event in stream]
    return events, events[-1]


def pick(events: Sequence[Event], kind: Any) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


@pytest.mark.parametrize("wire", ["text"])
@pytest.mark.parametrize("tell", [tell_all, tell_window, tell_nothing])
async def test_a_refusal_teaches_the_run_its_window_and_the_call_is_made_again_with_less(tell: Any, wire: str) -> None:
    small = Small(2500, tell)
    brain = Brain(model=small.model, tools=[read_page], wire=wire)

    events, ended = await watch(brain)

    assert ended.status is Status.ANSWERED, ended.error
    refused, fitted = pick(events, Refused), pick(events, Fitted)
    assert refused
    assert fitted
    assert all(fit.after <= fit.budget < fit.before for fit in fitted)
    assert len(pick(events, Retracted)) == len(refused)
    assert all(QUESTION in messages[1]["content"] for messages in small.model.calls)


@pytest.mark.parametrize("tell", [tell_all, tell_window, tell_nothing])
async def test_a_run_that_was_refused_is_played_back_the_same(tell: Any) -> None:
    brain = Brain(model=Small(2500, tell).model, tools=[read_page])
    _, ended = await watch(brain)

    silent = Brain(model=ScriptedModel([], name="small"), tools=[read_page])
    played = await replay_stored(brain.store, ended.run_id, silent)

    played.check()


async def test_where_the_window_is_known_no_prompt_is_refused_and_what_goes_is_told() -> None:
    small = Small(2500, tell_all)
    brain = Brain(model=small.model, tools=[read_page], context_tokens=2500)

    events, ended = await watch(brain)

    assert ended.status is Status.ANSWERED
    assert not pick(events, Refused)
    fitted = pick(events, Fitted)
    assert len(fitted) > 1
    assert all(fit.after <= fit.budget for fit in fitted)
    silent = Brain(model=ScriptedModel([], name="small"), tools=[read_page])
    (await replay_stored(brain.store, ended.run_id, silent)).check()


async def test_the_story_of_a_run_tells_what_was_refused_and_what_was_hidden() -> None:
    brain = Brain(model=Small(2500, tell_window).model, tools=[read_page])
    _, ended = await watch(brain)

    told = [fit for step in (await brain.story(ended.run_id)).steps for fit in step.fits]

    assert "did not fit small: its context is 2,500, as its server says" in told[0]
    assert "not shown any more" in told[1]


async def test_what_was_hidden_stays_hidden_so_that_prompts_begin_alike() -> None:
    small = Small(2500, tell_all)
    brain = Brain(model=small.model, tools=[read_page], context_tokens=2500)

    events, _ = await watch(brain)

    shared = [before[:-2] == after[: len(before) - 2] for before, after in pairwise(small.model.calls)]
    assert shared.count(False) == len(pick(events, Fitted))


async def test_a_run_without_a_known_window_writes_down_no_sizes() -> None:
    brain = Brain(model=ScriptedModel(write), tools=[read_page])

    events, ended = await watch(brain)

    assert ended.status is Status.ANSWERED
    assert ended.env.contexts == {}
    assert not pick(events, (Fitted, Refused))


async def test_what_can_never_fit_is_an_error_that_names_sizes_and_choices() -> None:
    brain = Brain(model=Small(300, tell_all).model, tools=[read_page])

    _, ended = await watch(brain)

    assert ended.status is Status.FAILED
    assert isinstance(ended.error, ModelError)
    assert ended.error.kind is ModelErrorKind.CONTEXT_LENGTH
    for word in ("300 tokens", "takes about", "context_tokens", "larger context"):
        assert word in str(ended.error)
    silent = Brain(model=ScriptedModel([], name="small"), tools=[read_page])
    (await replay_stored(brain.store, ended.run_id, silent)).check()


async def test_the_whole_memory_refuses_loudly_and_drops_nothing() -> None:
    brain = Brain(memory="whole", model=Small(2500, tell_all).model, tools=[read_page])

    events, ended = await watch(brain)

    assert ended.status is Status.FAILED
    assert not pick(events, Fitted)
    assert "context_tokens" in str(ended.error)


async def test_each_model_of_several_is_shown_what_fits_its_own_context() -> None:
    def fail(_: Sequence[Message]) -> Line:
        raise ModelError(ModelErrorKind.SERVER, "out of order")

    large, small = ScriptedModel(fail, name="large"), Small(2500, tell_all)
    brain = Brain(
        model=FallbackModel([large, small.model]),
        tools=[read_page],
        context_tokens={"large": 100_000, "small": 2500},
    )

    events, ended = await watch(brain)

    assert ended.status is Status.ANSWERED
    assert {fit.model for fit in pick(events, Fitted)} == {"small"}
    assert not pick(events, Refused)
    sizes = [sum(len(message["content"]) for message in model.calls[-2]) for model in (large, small.model)]
    assert sizes[0] > 1.5 * sizes[1]
    twins = FallbackModel([ScriptedModel([], name="large"), ScriptedModel([], name="small")])
    silent = Brain(model=twins, tools=[read_page])
    (await replay_stored(brain.store, ended.run_id, silent)).check()


@pytest.mark.parametrize(
    ("goes_on", "status"), [(GOES_ON, Status.FAILED), (frozenset(ModelErrorKind), Status.ANSWERED)]
)
async def test_a_larger_model_is_asked_after_a_full_context_only_where_that_was_said(
    goes_on: Any, status: Status
) -> None:
    several = FallbackModel([Small(300, tell_all).model, ScriptedModel(write, name="large")], goes_on=goes_on)
    brain = Brain(model=several, tools=[read_page])

    _, ended = await watch(brain)

    assert ended.status is status
    twins = FallbackModel([ScriptedModel([], name="small"), ScriptedModel([], name="large")])
    (await replay_stored(brain.store, ended.run_id, Brain(model=twins, tools=[read_page]))).check()


async def test_of_several_models_that_all_fail_the_replay_fails_with_the_same_words() -> None:
    def fail(_: Sequence[Message]) -> Line:
        raise ModelError(ModelErrorKind.SERVER, "out of order")

    brain = Brain(
        model=FallbackModel([ScriptedModel(fail, name="large"), Small(100, tell_all).model]), tools=[read_page]
    )

    _, ended = await watch(brain)

    assert "2 models were asked in turn" in str(ended.error)
    twins = FallbackModel([ScriptedModel([], name="large"), ScriptedModel([], name="small")])
    (await replay_stored(brain.store, ended.run_id, Brain(model=twins, tools=[read_page]))).check()


async def test_what_a_run_has_learnt_holds_when_it_is_taken_up_again() -> None:
    small = Small(2500, tell_all)
    brain = Brain(model=small.model, tools=[read_page])
    async with aclosing(brain.stream(QUESTION, run_id="r")) as stream:
        async for event in stream:
            if isinstance(event, Fitted):
                break

    events = [event async for event in Brain(model=small.model, tools=[read_page], store=brain.store).resume("r")]

    assert events[-1].status is Status.ANSWERED  # type: ignore[union-attr]
    assert not pick(events, Refused)
    silent = Brain(model=ScriptedModel([], name="small"), tools=[read_page])
    (await replay_stored(brain.store, "r", silent)).check()


async def test_a_server_that_cuts_a_prompt_without_a_word_is_found_out_by_what_it_has_read() -> None:
    class Cutting(ScriptedModel):
        async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
            async with aclosing(super().stream(messages)) as steps:
                async for step in steps:
                    if isinstance(step, Delta) and step.usage:
                        step = replace(step, usage=replace(step.usage, input_tokens=min(step.usage.input_tokens, 1050)))
                    yield step

    brain = Brain(model=Cutting(write), tools=[read_page])

    events, ended = await watch(brain)

    told = pick(events, Fitted)
    assert told
    assert all(fit.is_silent and fit.after == 1050 < fit.before for fit in told)
    assert ended.env.contexts == {}
    (await replay_stored(brain.store, ended.run_id, Brain(model=ScriptedModel([]), tools=[read_page]))).check()


async def test_what_the_server_reports_makes_the_count_exact() -> None:
    def say(messages: Sequence[Message]) -> Line:
        return Reply("Nothing is missing.")

    brain = Brain("react_brief", model=ScriptedModel(say), context_tokens=500)

    _, ended = await watch(brain)

    context = ended.env.contexts["scripted"]
    assert context.counted > context.reported > 0
    assert context.scale == pytest.approx(context.reported / context.counted * 1.1)
