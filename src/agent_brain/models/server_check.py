"""What a model's server supports, found out by asking it."""

import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from agent_brain.core.chat import Delta
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.core.usage import Usage
from agent_brain.models.exchange import describe_origin
from agent_brain.models.model_list import list_models
from agent_brain.models.openai_chat import OpenAIChat

PROMPT: Sequence[Message] = ({"role": "user", "content": "Say hello in one short sentence."},)
SHOWN_MODELS_MAX = 20


@dataclass(frozen=True, slots=True)
class ServerCheck:
    """One server with one model, as seen from here."""

    host: str
    models: tuple[str, ...] | None
    """None where the server does not list them."""
    models_fault: str
    """What went wrong when it was asked for them; empty where nothing did."""
    text: str
    has_reasoning: bool
    """It streams private reasoning in a field of its own."""
    finish: str | None
    usage: Usage | None
    """None where it does not report any when streaming."""
    pieces: int
    """In how many pieces the text came; one may mean that it does not really stream."""
    first_seconds: float
    """From the request to the first word."""
    seconds: float


async def check_server(model: OpenAIChat) -> ServerCheck:
    """List the server's models and stream a short reply; only the reply has to succeed.

    Raises: ModelError.
    """
    client = await model.get_client()
    origin = describe_origin(model.name, client)
    models, models_fault = await _try_to_list(model)
    steps: list[Delta] = []
    start, first = time.monotonic(), 0.0
    try:
        async with aclosing(model.stream(PROMPT)) as stream:
            async for step in stream:
                if isinstance(step, Delta):
                    first = first or (time.monotonic() - start if step.text or step.reasoning else 0.0)
                    steps.append(step)
                else:
                    steps.clear()
    except ModelError as error:
        raise _name_choices(error, models) from None
    return ServerCheck(
        host=origin.host,
        models=models,
        models_fault=models_fault,
        text="".join(step.text for step in steps),
        has_reasoning=any(step.reasoning for step in steps),
        finish=next((step.finish for step in steps if step.finish), None),
        usage=next((step.usage for step in steps if step.usage), None),
        pieces=sum(bool(step.text) for step in steps),
        first_seconds=first,
        seconds=time.monotonic() - start,
    )


async def _try_to_list(model: OpenAIChat) -> tuple[tuple[str, ...] | None, str]:
    """The models, and why there are none; a server that cannot be reached is an error at once."""
    try:
        return await list_models(model), ""
    except ModelError as error:
        if error.kind in {ModelErrorKind.CONNECTION, ModelErrorKind.TIMEOUT}:
            raise
        return None, str(error)


def _name_choices(error: ModelError, models: tuple[str, ...] | None) -> ModelError:
    """The error; where the model is not found, with those that are."""
    if error.kind is not ModelErrorKind.NOT_FOUND or not models:
        return error
    known = ", ".join(models[:SHOWN_MODELS_MAX]) + (", ..." if len(models) > SHOWN_MODELS_MAX else "")
    return ModelError(error.kind, f"{error}; the server has: {known}", status=error.status)
