"""How memories' errands are done: without the run's secrets, and without ending the run where they fail."""

from collections.abc import Callable, Mapping
from socket import gaierror

from agent_brain.core.errands import STORE, Brought, Errand
from agent_brain.core.errors import ModelError, ModelErrorKind, StoreError
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import check_json
from agent_brain.core.ports import GoOnErrand
from agent_brain.engine.secrets import Secrets
from agent_brain.tools.attempt import Attempt, describe

CAUSES_MAX = 8
SERVER_STATUS = 500
STATUSES: Mapping[int, str] = {401: ModelErrorKind.AUTHENTICATION, 429: ModelErrorKind.RATE_LIMIT}


def make_errands(get_secrets: Callable[[], Secrets]) -> GoOnErrand:
    """How a brain with these secrets goes on errands: what one writes elsewhere holds none of them."""

    async def go(env: MemoryEnv, errand: Errand) -> Brought:
        attempt = Attempt()
        with attempt:
            found = await errand.go(get_secrets().learn_env(env).redact_value)
            check_json(found, f"what {errand.name} has brought")
            return Brought(errand.mark, found)
        failure = attempt.failure or Exception()
        return Brought(errand.mark, error=describe(failure), kind=_find_kind(failure))

    return go


def _find_kind(failure: BaseException) -> str:
    """What broke outside of the run, by the failure or what it came from; empty for a bug of who was to go.

    An embedding is asked for by a function of the user's, whose client wraps what the network says.
    """
    error: BaseException | None = failure
    for _ in range(CAUSES_MAX):
        match error:
            case None:
                break
            case ModelError(kind=kind):
                return str(kind)
            case StoreError():
                return STORE
            case TimeoutError():
                return str(ModelErrorKind.TIMEOUT)
            case ConnectionError() | gaierror():
                return str(ModelErrorKind.CONNECTION)
        error = error.__cause__ or error.__context__
    return _read_status(getattr(failure, "status_code", None))


def _read_status(status: object) -> str:
    """The kind of a server's failure that a client tells by its HTTP status."""
    if not isinstance(status, int):
        return ""
    return str(ModelErrorKind.SERVER) if status >= SERVER_STATUS else STATUSES.get(status, "")
