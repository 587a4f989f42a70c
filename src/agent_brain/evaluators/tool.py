"""A tool's verdict as an evaluator."""

import json
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from agent_brain.core.errors import EvaluatorFailed, SetupError
from agent_brain.core.evaluating import Score, to_score
from agent_brain.core.items import Observation, OutcomeStatus
from agent_brain.core.tooling import Tool

ASKED = "agent-brain-evaluator"
"""The action id that the tool is given: what judges has no effect that could be done twice."""
WORDS: Mapping[str, bool] = {
    "true": True, "yes": True, "pass": True, "passed": True, "ok": True,
    "false": False, "no": False, "fail": False, "failed": False,
}  # fmt: skip


@dataclass(frozen=True)
class ToolEvaluator:
    """Asks a tool that takes `answer`, and perhaps `question`, and reads its outcome.

    The outcome is true or false, a number from 0 to 1, or an object with `passed`, and perhaps `value` and `feedback`;
    a line with the verdict may be followed by words. A tool that fails has given no verdict.
    """

    tool: Tool
    oracle: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        spec = self.tool.spec
        if "answer" not in spec.parameters.get("properties", {}):
            raise SetupError(f"tool {spec.name!r} takes no `answer`; wanted a tool that takes `answer`, and `question`")
        object.__setattr__(self, "name", self.name or spec.name)

    async def judge(self, question: str, answer: str) -> Score:
        """What the tool says."""
        takes = self.tool.spec.parameters["properties"]
        given = {"question": question, "answer": answer}
        args = {name: given[name] for name in takes if name in given}
        said: Any = None
        async with aclosing(self.tool.call(args, ASKED)) as pieces:
            async for piece in pieces:
                said = piece
        if not isinstance(said, Observation) or said.status is not OutcomeStatus.FINISHED:
            told = said.text if isinstance(said, Observation) else f"it asked: {getattr(said, 'text', said)}"
            raise EvaluatorFailed(self.name, f"{told:.500}")
        return read_score(self.name, said.text)


def read_score(name: str, text: str) -> Score:
    """The score in a text. Raises: EvaluatorFailed."""
    whole, (first, _, rest) = text.strip(), text.strip().partition("\n")
    for verdict, feedback in ((whole, ""), (first, rest.strip())):
        found = WORDS.get(verdict.strip(" .!").casefold(), _read_json(verdict))
        if isinstance(found, dict) and isinstance(found.get("passed"), bool):
            value = found.get("value", float(found["passed"]))
            if isinstance(value, int | float) and 0 <= value <= 1:
                return Score(found["passed"], float(value), str(found.get("feedback", "")))
        if isinstance(found, bool | int | float) and 0 <= found <= 1:
            return to_score((found, feedback))
    raise EvaluatorFailed(
        name, f"it said {text!r:.200}; wanted true or false, a number from 0 to 1, or an object with `passed`"
    )


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
