"""A function of strangers' source as a tool, run by a child process."""

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

from agent_brain.core.items import FaultKind, Observation, OutcomeStatus
from agent_brain.core.tooling import ToolSpec
from agent_brain.tools.child.child import CallEnd, Child, Returned
from agent_brain.tools.result_text import RESULT_CHARACTERS_MAX, cut_middle

TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float),
    "boolean": (bool,), "array": (list,), "object": (dict,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourceTool:
    """A function that some source defines; the child ends with whoever made it."""

    spec: ToolSpec
    source: str
    function: str
    child: Child

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[str | Observation, None]:
        """Run the function in the child; its failure is an observation."""
        yield observe(self.spec, args, await self.child.call(self.source, self.function, args))


def observe(spec: ToolSpec, args: Mapping[str, Any], returned: Returned, *, is_undone: bool = False) -> Observation:
    """What a model is told of a call. What fails though the schema lets it pass is no fault of the model's.

    `is_undone`: nothing is left of a call that was cut.
    """
    match returned.kind:
        case CallEnd.DONE:
            value = returned.value
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            return Observation(cut_middle(text, RESULT_CHARACTERS_MAX))
        case CallEnd.OUT_OF_TIME | CallEnd.DIED:
            is_safe = is_undone or spec.read_only or spec.idempotent
            return Observation(returned.why, OutcomeStatus.FAILED if is_safe else OutcomeStatus.UNKNOWN)
        case _ if fits(spec, args):
            return Observation(returned.why, OutcomeStatus.FAILED)
    return Observation(f"wrong arguments: {returned.why}", OutcomeStatus.FAILED, FaultKind.WRONG_ARGUMENTS)


def fits(spec: ToolSpec, args: Mapping[str, Any]) -> bool:
    """Whether the schema lets these arguments pass, as far as their names and plain types go."""
    known, required = spec.parameters.get("properties", {}), spec.parameters.get("required", ())
    if args.keys() - known.keys() or set(required) - args.keys():
        return False
    return all(_is_of(value, known[name].get("type")) for name, value in args.items())


def _is_of(value: Any, kind: Any) -> bool:
    if isinstance(value, bool):
        return kind not in TYPES or kind == "boolean"
    return not isinstance(kind, str) or kind not in TYPES or isinstance(value, TYPES[kind])
