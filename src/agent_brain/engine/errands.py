"""How memories' errands are done: without the run's secrets, and without ending the run where they fail."""

from collections.abc import Callable

from agent_brain.core.errands import Brought, Errand
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import check_json
from agent_brain.core.ports import GoOnErrand
from agent_brain.engine.secrets import Secrets
from agent_brain.tools.attempt import Attempt, describe


def make_errands(get_secrets: Callable[[], Secrets]) -> GoOnErrand:
    """How a brain with these secrets goes on errands: what one writes elsewhere holds none of them."""

    async def go(env: MemoryEnv, errand: Errand) -> Brought:
        attempt = Attempt()
        with attempt:
            found = await errand.go(get_secrets().learn_env(env).redact_value)
            check_json(found, f"what {errand.name} has brought")
            return Brought(errand.mark, found)
        return Brought(errand.mark, error=describe(attempt.failure or Exception()))

    return go
