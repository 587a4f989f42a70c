"""What a model's server supports, found out by asking it."""

import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from openai import APIStatusError, OpenAIError

from agent_brain.core.errors import ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.core.ports import Delta
from agent_brain.core.usage import Usage
from agent_brain.models.exchange import describe_origin
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.sdk_errors import translate

PROMPT: Sequence[Message] = ({"role": "user", "content": "Say hello in one short sentence."},)
MODELS_MAX = 1000
MODELS_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class ServerCheck:
    """One server with one model, as seen from here."""

    host: str
    models: tuple[str, ...] | None
    """None where the server does not list them."""
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
    """List the server's models and stream a short reply.

    Raises: ModelError.
    """
    client = await model.get_client()
    origin = describe_origin(model.name, client)
    models = await list_models(model)
    steps: list[Delta] = []
    start, first = time.monotonic(), 0.0
    async with aclosing(model.stream(PROMPT)) as stream:
        async for step in stream:
            if isinstance(step, Delta):
                first = first or (time.monotonic() - start if step.text or step.reasoning else 0.0)
                steps.append(step)
            else:
                steps.clear()
    return ServerCheck(
        host=origin.host,
        models=models,
        text="".join(step.text for step in steps),
        has_reasoning=any(step.reasoning for step in steps),
        finish=next((step.finish for step in steps if step.finish), None),
        usage=next((step.usage for step in steps if step.usage), None),
        pieces=sum(bool(step.text) for step in steps),
        first_seconds=first,
        seconds=time.monotonic() - start,
    )


async def list_models(model: OpenAIChat) -> tuple[str, ...] | None:
    """The names of the server's models; None where it does not list them.

    Raises: ModelError.
    """
    client = (await model.get_client()).with_options(max_retries=0, timeout=MODELS_SECONDS)
    try:
        page = await client.models.list()
    except APIStatusError as error:
        fault = translate(error, describe_origin(model.name, client))
        if fault.kind is ModelErrorKind.AUTHENTICATION:
            raise fault from None
        return None
    except OpenAIError as error:
        raise translate(error, describe_origin(model.name, client)) from None
    listed = getattr(page, "data", None)
    if not isinstance(listed, list):
        return None
    return tuple(str(entry.id) for entry in listed[:MODELS_MAX] if getattr(entry, "id", None))
