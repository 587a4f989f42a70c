"""The port of models whose server can hold a reply to a JSON schema, and how any model is asked for such a reply."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from agent_brain.core.answer_type import ReplyForm
from agent_brain.core.chat import Again, CallingModel, ChatModel, Delta
from agent_brain.core.errors import SetupError
from agent_brain.core.items import Message
from agent_brain.core.offers import offers


@runtime_checkable
class FormModel(ChatModel, Protocol):
    """A model whose server may hold a reply to a form."""

    def stream_form(
        self, messages: Sequence[Message], form: ReplyForm, tools: Sequence[Mapping[str, Any]] = ()
    ) -> AsyncGenerator[Delta | Again, None]:
        """As `stream`, held to the form where the server can; of tools it is told, and may call none.

        No promise: whoever asks reads the reply as any other. Raises: ModelError.
        """


def stream_form(
    model: ChatModel, messages: Sequence[Message], form: ReplyForm, tools: Sequence[Mapping[str, Any]] = ()
) -> AsyncGenerator[Delta | Again, None]:
    """The reply of any model, held to the form where it can be.

    Raises: ModelError; SetupError where it takes no tools.
    """
    if offers(model, FormModel):
        return model.stream_form(messages, form, tools)
    if not tools:
        return model.stream(messages)
    if not offers(model, CallingModel):
        raise SetupError(f"model {model.name!r} takes no tools: wanted wire='text', or a model with stream_calls")
    return model.stream_calls(messages, tools, choice="none")
