"""What a server's error says about tools: that it takes none, or that it could not read a call of its own model.

A table of wordings, as servers have them; looked at only where tools were sent.
"""

import re
from collections.abc import Mapping
from typing import Any

from agent_brain.core.errors import ModelErrorKind

REFUSALS = frozenset({400, 404, 405, 422, 501})
"""What servers answer that take no tools, or not with this model, or not these; the words must speak of tools."""
BROKEN_CALL_CODES = frozenset({"tool_use_failed"})
"""Groq's, with HTTP 400."""

_TOOLS = r"(?:tools?\b|tool[ _-]?(?:use|calls?|calling|choice)|function[ _-]?call(?:s|ing)?|functions\b)"
_BROKEN_CALL = re.compile(
    r"pars(?:e|ing) (?:the )?tool call"  # Ollama
    r"|failed to parse (?:input|output|tool|function)|empty grammar stack"  # llama.cpp
    r"|failed to call a function|failed_generation"  # Groq
    r"|unexpected tokens remaining in message header",  # vLLM, with models that write in channels
    re.IGNORECASE,
)
_QUOTE = re.compile(r"[:{<\[\"'`]")
_REFUSED = re.compile(
    rf"{_TOOLS}[^.]{{0,60}}(?:not|n't|un-?)[ -]?(?:currently )?support"  # OpenAI, Azure, DeepInfra, Alibaba, Novita
    rf"|(?:not|n't) support(?:ed)?[^.]{{0,40}}{_TOOLS}|unsupported[^.]{{0,30}}{_TOOLS}|unsupported tool"  # Ollama
    rf"|no endpoints found that support[^.]{{0,40}}tool"  # OpenRouter
    r"|enable-auto-tool-choice|tool-call-parser"  # vLLM
    r"|tools param requires|failed to parse grammar|unable to generate parser",  # llama.cpp
    re.IGNORECASE,
)
_MENTIONED = re.compile(rf"\b{_TOOLS}|\btool_|schema for function", re.IGNORECASE)
_OF_MESSAGES = re.compile(r"\bmessages?\b|\brole\b", re.IGNORECASE)
"""A complaint about a history with calls in it is none about tools: another wire would hide what is wrong with it."""


def judge_tools(status: int | None, fault: Any, words: str) -> ModelErrorKind | None:
    """What the error of a request with tools says about them; None where it is about something else."""
    codes = {str(fault.get(name)).lower() for name in ("code", "type")} if isinstance(fault, Mapping) else set()
    if codes & BROKEN_CALL_CODES or _BROKEN_CALL.search(words):
        return ModelErrorKind.BROKEN_CALL
    if status is not None and status not in REFUSALS and status != 500:
        return None
    if _REFUSED.search(words):
        return ModelErrorKind.NO_TOOLS
    where = f"{words} {fault.get('param') if isinstance(fault, Mapping) else ''}"
    is_about_tools = status in REFUSALS and _MENTIONED.search(where) and not _OF_MESSAGES.search(where)
    return ModelErrorKind.NO_TOOLS if is_about_tools else None


def leave_out_call(words: str) -> str:
    """A server's words on a call that it could not read, up to where they may quote it: it may hold a secret."""
    said = _BROKEN_CALL.search(words)
    quote = _QUOTE.search(words, said.end() if said else 0)
    return words if quote is None else f"{words[: quote.start()].rstrip()} (the call itself is left out)"
