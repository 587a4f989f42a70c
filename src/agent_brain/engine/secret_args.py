"""Which arguments of which tools are secret, and what a run has given for them."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent_brain.core.hidden import HIDDEN, find_secret_names, hide_secrets
from agent_brain.core.items import Action
from agent_brain.core.records import ActionsChosen, ActionStarted, Called, ItemAdded, Paused, Record, find_innermost
from agent_brain.core.tooling import Tools, ToolSpec


class SecretArgs:
    """Which arguments of which tools are secret."""

    def __init__(self, tools: Tools | None) -> None:
        self._tools = tools
        self._specs: Sequence[ToolSpec] = ()
        self._schemas: dict[str, Mapping[str, Any]] = {}
        self._names: frozenset[str] = frozenset()
        self._given: re.Pattern[str] | None = None
        """Finds a secret argument in a text, by its name."""

    @property
    def names(self) -> frozenset[str]:
        """Those of all tools."""
        self._look()
        return self._names

    @property
    def has_any(self) -> bool:
        """True where some tool has a secret argument."""
        self._look()
        return self._given is not None

    def find(self, records: Sequence[Record]) -> set[str]:
        """The values of secret arguments in actions, and in texts that were meant as actions."""
        if not self.has_any or self._given is None:
            return set()
        found: list[Any] = []
        for record in records:
            match find_innermost(record)[1]:
                case ActionsChosen(actions=actions):
                    found += [value for action in actions for value in self._find_args(action)]
                case ActionStarted(action=action) | Paused(action=Action() as action):
                    found += self._find_args(action)
                case ItemAdded(text=text, reasoning=reasoning):
                    found += [value for said in (text, reasoning) for value in self._find_in_text(said)]
                case Called(text=text, reasoning=reasoning, calls=calls):
                    found += [value for said in (text, reasoning) for value in self._find_in_text(said or "")]
                    found += [value for call in calls or () for value in self._find_in_text(call.arguments)]
        return {str(value) for value in found if str(value).strip()} - {HIDDEN}

    def hide(self, action: Action) -> Action:
        """The action without the values of its secret arguments."""
        self._look()
        schema = self._schemas.get(action.name)
        if schema is None:
            return action
        return Action.model_construct(name=action.name, args=hide_secrets(schema, action.args, []))

    def _find_args(self, action: Action) -> list[Any]:
        found: list[Any] = []
        schema = self._schemas.get(action.name)
        if schema is not None:
            hide_secrets(schema, action.args, found)
        return found

    def _find_in_text(self, text: str) -> list[Any]:
        assert self._given is not None  # asked only where some tool has a secret argument
        return [value for match in self._given.finditer(text) for value in _read_given(match)]

    def _look(self) -> None:
        specs = () if self._tools is None else self._tools.specs
        if len(specs) == len(self._specs) and all(map(_is, specs, self._specs)):
            return
        self._specs, self._names = tuple(specs), frozenset(spec.name for spec in specs)
        secret = {spec.name: find_secret_names(spec.parameters) for spec in specs}
        self._schemas = {spec.name: spec.parameters for spec in specs if secret[spec.name]}
        keys = "|".join(re.escape(name) for name in sorted(set().union(*secret.values())))
        value = r"""(?:"(?P<double>(?:[^"\\]|\\.)*+)|'(?P<single>(?:[^'\\]|\\.)*+)|(?P<bare>[^\s,}\]"'\[{]++))"""
        self._given = re.compile(rf"(?:{keys})\\*+[\"']?\s*+[:=]\s*+\\*+{value}") if keys else None


def _is(one: object, other: object) -> bool:
    return one is other


def _read_given(match: re.Match[str]) -> list[Any]:
    """The value in a text as it is written, and as JSON means it."""
    written = next(filter(None, match.groups()), "")
    if written in ("null", "None", "true", "false"):
        return []
    try:
        return [written, json.loads(f'"{written}"')]
    except ValueError:
        return [written]
