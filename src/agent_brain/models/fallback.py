"""Models asked in order: where one cannot answer, the next one does, and whoever watches is told why."""

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from agent_brain.core.answer_type import ReplyForm
from agent_brain.core.chat import Again, CallingModel, ChatModel, Delta, ToolChoice, Tunable, takes_tools
from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.core.form_model import stream_form
from agent_brain.core.items import Message
from agent_brain.core.ports import Closable
from agent_brain.models.served import describe_model

REASONS: Mapping[ModelErrorKind, tuple[bool, str]] = {
    ModelErrorKind.AUTHENTICATION: (True, "the key of one server says nothing of another"),
    ModelErrorKind.NOT_FOUND: (True, "what one server does not have, another may"),
    ModelErrorKind.QUOTA: (True, "each account has money of its own"),
    ModelErrorKind.RATE_LIMIT: (True, "another server, and often another model, has a limit of its own"),
    ModelErrorKind.SERVER: (True, "it is the server that failed, not the question"),
    ModelErrorKind.CONNECTION: (True, "as above"),
    ModelErrorKind.TIMEOUT: (True, "as above"),
    ModelErrorKind.CUT: (True, "as above"),
    ModelErrorKind.PROTOCOL: (True, "as above"),
    ModelErrorKind.NO_TOOLS: (True, "another server may take them; whoever asks over text instead does so before"),
    ModelErrorKind.BROKEN_CALL: (True, "as above: another model may write calls that its server can read"),
    ModelErrorKind.EMPTY: (True, "another model may have something to say"),
    ModelErrorKind.BAD_REQUEST: (False, "the request is wrong, and whoever makes it should learn so at once"),
    ModelErrorKind.CONTEXT_LENGTH: (False, "the memory can show less; a larger and dearer model is nobody's accident"),
    ModelErrorKind.CONTENT_FILTER: (False, "asking until somebody does not refuse would go round a guard"),
}
"""For each kind of failure whether the next model is asked, and why."""
GOES_ON = frozenset(kind for kind, (goes_on, _) in REASONS.items() if goes_on)

Ask = Callable[[ChatModel], AsyncGenerator[Delta | Again, None]]


class FallbackModel:
    """Asks the first of its models, and the next one where that has failed, after the retries of its own.

    What a model had said before it failed is taken back by an `Again`, which names who goes on: the journal names
    the one that answers. Each call begins with the first model; a circuit keeps it from waiting for a dead one.
    Raises: SetupError where there is no model.
    """

    def __init__(self, models: Sequence[ChatModel], *, goes_on: Collection[ModelErrorKind] = GOES_ON) -> None:
        """`goes_on`: after which kinds of failure the next model is asked."""
        if not models:
            raise SetupError("a FallbackModel was given no model; wanted at least one, in the order to ask them in")
        self.models = tuple(models)
        self.name = models[0].name
        self._goes_on = frozenset(goes_on)

    def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
        """Stream the reply of the first model that has one.

        Raises: ModelError: that of the only model asked, or one that tells what became of each.
        """
        return self.ask_each(lambda model: model.stream(messages))

    def stream_calls(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], *, choice: ToolChoice = "auto"
    ) -> AsyncGenerator[Delta | Again, None]:
        """As `stream`, with tools.

        Raises: ModelError; SetupError where one of its models takes no tools.
        """

        def ask(model: ChatModel) -> AsyncGenerator[Delta | Again, None]:
            if not isinstance(model, CallingModel):
                raise SetupError(f"{describe_model(model)} takes no tools: wanted wire='text', or another model")
            return model.stream_calls(messages, tools, choice=choice)

        return self.ask_each(ask)

    @property
    def takes_tools(self) -> bool:
        """True where one of its models does: the others are asked over text by whoever asks each in its own way."""
        return any(map(takes_tools, self.models))

    def stream_form(
        self, messages: Sequence[Message], form: ReplyForm, tools: Sequence[Mapping[str, Any]] = ()
    ) -> AsyncGenerator[Delta | Again, None]:
        """As `stream`, each model held to the form as far as it can be.

        Raises: ModelError; SetupError where one of its models takes no tools.
        """
        return self.ask_each(lambda model: stream_form(model, messages, form, tools))

    def tuned(self, options: Mapping[str, Any]) -> "FallbackModel":
        """The same models, each with these options where it can be tuned."""
        tuned = [model.tuned(options) if isinstance(model, Tunable) else model for model in self.models]
        return FallbackModel(tuned, goes_on=self._goes_on)

    async def aclose(self) -> None:
        """Close what its models have opened for the running event loop."""
        for model in self.models:
            if isinstance(model, Closable):
                await model.aclose()

    async def ask_each(self, ask: Ask) -> AsyncGenerator[Delta | Again, None]:
        """What `ask` streams of the first model that has a reply.

        Raises: ModelError, as `stream`.
        """
        faults: list[ModelError] = []
        for model in self.models:
            if faults:
                yield Again(f"{faults[-1]}; {describe_model(model)} is asked instead", len(faults), 0.0, model)
            try:
                async with aclosing(ask(model)) as steps:
                    async for step in steps:
                        yield step
                return
            except ModelError as error:
                faults.append(error)
                if error.kind not in self._goes_on:
                    break
        raise faults[0] if len(faults) == 1 else _sum_up(faults)


def list_names(model: ChatModel) -> list[str]:
    """The names of all models that may answer where this one is asked."""
    return [each.name for each in list_models(model)]


def list_models(model: ChatModel) -> list[ChatModel]:
    """All models that may answer where this one is asked."""
    if not isinstance(model, FallbackModel):
        return [model]
    return [leaf for each in model.models for leaf in list_models(each)]


def _sum_up(faults: Sequence[ModelError]) -> ModelError:
    """One error for several models; what a caller can do is what the last one says."""
    last = faults[-1]
    words = "; ".join(map(str, faults))
    return ModelError(
        last.kind,
        f"{len(faults)} models were asked in turn, and none answered: {words}",
        status=last.status,
        retry_after_seconds=last.retry_after_seconds,
        sizes=last.sizes,
        retryable=any(fault.retryable for fault in faults),
    )
