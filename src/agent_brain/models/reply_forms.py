"""How a request says which form its reply has to have, and what is left of that where a server refuses it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent_brain.core.answer_type import ReplyForm
from agent_brain.core.digest import digest_text, show_tools
from agent_brain.core.errors import ModelError

Field = Mapping[str, Any]


def _show_strict(form: ReplyForm) -> Field | None:
    if form.strict is None:
        return None
    return {"type": "json_schema", "json_schema": {"name": form.name, "schema": form.strict, "strict": True}}


def _show_lax(form: ReplyForm) -> Field | None:
    return {"type": "json_schema", "json_schema": {"name": form.name, "schema": form.schema}}


def _show_object(_: ReplyForm) -> Field | None:
    return {"type": "json_object"}


RUNGS: Sequence[Callable[[ReplyForm], Field | None]] = (_show_strict, _show_lax, _show_object)
"""The ways to ask for a form, the tightest first; below them stands the prompt alone."""
FORMS_MAX = 64
"""Forms of which a server's mind is remembered."""
REFUSALS = frozenset({400, 404, 422, 500, 501})
_WORDS = (
    "response_format", "response format", "json_schema", "json schema", "json_object", "json mode", "structured output",
    "grammar", "guided", "unable to generate parser",
)  # fmt: skip
"""Of what a server speaks that cannot hold a reply to a form: OpenAI, DeepSeek, vLLM, llama.cpp, Ollama."""


class ReplyForms:
    """The server's mind on forms, each of which it may refuse for a reason of its own."""

    def __init__(self) -> None:
        self._rungs: dict[str, int] = {}

    def show(self, form: ReplyForm) -> Field | None:
        """The field of a request that asks for this form; None where the server takes none."""
        shown = (show(form) for show in RUNGS[self._rungs.get(_find_key(form), 0) :])
        return next((field for field in shown if field is not None), None)

    def take_refusal(self, form: ReplyForm, field: Field, error: ModelError) -> bool:
        """True where the server has refused this field, so that the request may be made again: it is remembered."""
        words = str(error).lower()
        if error.status not in REFUSALS or not any(word in words for word in _WORDS):
            return False
        if len(self._rungs) >= FORMS_MAX:
            self._rungs.clear()
        rung = next(place for place, show in enumerate(RUNGS) if show(form) == field)
        self._rungs[_find_key(form)] = max(rung + 1, self._rungs.get(_find_key(form), 0))
        return True


def _find_key(form: ReplyForm) -> str:
    return f"{form.name} {digest_text(show_tools([form.schema]))}"
