"""The tools of memories: they look into the run that calls them, and change nothing but its slots.

What such a tool finds and writes is its outcome, which is in the journal: a run that is resumed or played back finds
the same, and a tool that was cut off is run again without harm.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from agent_brain.core.items import FaultKind, Observation, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import ToolSpec

FOUND_CHARACTERS_MAX = 80
"""How much of a wrong argument is quoted."""
SCHEMAS_MAX = 64
"""Of so many classes of arguments the schemas are kept."""


class ToolArgs(BaseModel):
    """The arguments of a memory's tool."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


Args = TypeVar("Args", bound=ToolArgs)


@dataclass(frozen=True)
class MemoryTool(Generic[Args]):
    """A function of arguments and of a run as a tool; one that writes is alone in its turn, so that it sees the others.

    A wrong argument is an outcome, with what was found and what was wanted.
    """

    name: str
    description: str
    args: type[Args]
    find: Callable[[Args, MemoryEnv], Observation]
    writes: bool = True

    @cached_property
    def spec(self) -> ToolSpec:
        """What a model is told of it."""
        return ToolSpec(
            self.name,
            self.description,
            make_schema(self.args),
            read_only=not self.writes,
            idempotent=True,
            parallel=not self.writes,
            looks=True,
        )

    def look(self, args: Mapping[str, Any], env: MemoryEnv) -> Observation:
        """What it finds, and puts into slots."""
        try:
            read = self.args.model_validate(dict(args))
        except ValidationError as error:
            return refuse(explain(error))
        return self.find(read, env)

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[str | Observation, None]:
        """What becomes of it outside of a run."""
        yield Observation(f"{self.name} looks into a run, and there is none", OutcomeStatus.FAILED)


def refuse(why: str) -> Observation:
    """The outcome of wrong arguments."""
    return Observation(f"wrong arguments: {why}", OutcomeStatus.FAILED, FaultKind.WRONG_ARGUMENTS)


@lru_cache(SCHEMAS_MAX)  # once a class: brains are made by the thousand, as for the trials of an experiment
def make_schema(args: type[ToolArgs]) -> Mapping[str, Any]:
    """The JSON schema of a tool's arguments, with no words but those that say something."""
    schema = _strip_titles(args.model_json_schema())
    schema.pop("description", None)
    schema.setdefault("properties", {})
    return cast(Mapping[str, Any], schema)


def explain(error: ValidationError) -> str:
    """What was found, and what was wanted."""
    faults = error.errors(include_url=False, include_context=False)
    return "; ".join(f"{_spell(fault['loc'])}: {_tell(fault)}" for fault in faults[:3])


def _spell(place: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def _tell(fault: Any) -> str:
    if fault["type"] == "missing":
        return "missing"
    found = f"found {fault['input']!r:.{FOUND_CHARACTERS_MAX}}"
    wanted = "no such argument" if fault["type"] == "extra_forbidden" else fault["msg"].removeprefix("Input should be ")
    return f"{found}, wanted {wanted}"


def _strip_titles(schema: Any) -> Any:
    """The schema without titles, which only repeat names; a property may be called so."""
    if isinstance(schema, list):
        return [_strip_titles(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _strip_titles(part) for name, part in value.items()}
        if key in {"properties", "$defs"}
        else _strip_titles(value)
        for key, value in schema.items()
        if key != "title"
    }
