"""What the openai SDK and the HTTP library below it raise, as ModelError."""

import time

from openai import APIConnectionError, APIStatusError, APITimeoutError, OpenAIError

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.models.model_errors import Origin, excerpt
from agent_brain.models.retry import read_retry_after, read_should_retry


def translate(error: OpenAIError, origin: Origin, handled: BaseException | None = None) -> ModelError:
    """The ModelError for what the SDK raised while it made a request.

    `handled` is what the caller's code was handling when it asked: Python chains it behind the cause, and it is none.
    """
    if isinstance(error, APIStatusError):
        return _read_status(error, origin)
    if isinstance(error, APITimeoutError) and _is_timeout(error):
        return origin.make_error(ModelErrorKind.TIMEOUT, "no connection in time" + _find_cause(error, handled))
    if isinstance(error, APIConnectionError):
        cause = _find_cause(error, handled)
        return origin.make_error(ModelErrorKind.CONNECTION, "the server could not be reached" + cause)
    if "api_key" in str(error) or "credentials" in str(error).lower():
        return refuse_key(origin.model)
    return origin.make_error(ModelErrorKind.BAD_REQUEST, f"the SDK refused the request: {excerpt(error)}")


def refuse_key(model: str) -> ModelError:
    """The error of a client that has no key at all."""
    words = f"model {model!r}: no API key: set OPENAI_API_KEY or give api_key=... (a local server takes any text)"
    return ModelError(ModelErrorKind.AUTHENTICATION, words)


def describe_break(error: Exception) -> str:
    """A broken connection in the words of the HTTP library, whose exceptions no public name reaches."""
    return f"the connection broke ({type(error).__name__}: {excerpt(error)})"


def _read_status(error: APIStatusError, origin: Origin) -> ModelError:
    headers = error.response.headers
    asked = read_should_retry(headers)
    fault = origin.read_body(
        error.body if error.body is not None else error.message,
        status=error.status_code,
        retry_after_seconds=read_retry_after(headers, time.time()),
    )
    if fault.kind is ModelErrorKind.QUOTA or asked is None:
        return fault
    fault.retryable = asked
    return fault


def _is_timeout(error: APITimeoutError) -> bool:
    """The SDK's aiohttp client reports a lost connection as a timeout too; the cause tells them apart."""
    cause = error.__cause__
    while cause is not None and cause.__cause__ is not None:
        cause = cause.__cause__
    return cause is None or isinstance(cause, TimeoutError) or "Timeout" in type(cause).__name__


def _find_cause(error: BaseException, handled: BaseException | None) -> str:
    words = ""
    while (cause := error.__cause__ or error.__context__) is not None and cause is not handled:
        words = excerpt(cause) or words
        error = cause
    return f" ({words})" if words else ""
