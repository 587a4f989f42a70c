"""What servers say where a prompt does not fit: whether a wording means that, and which sizes it tells.

One row a wording; a row may serve several servers. Sizes that a server only bounds ("at least") are not taken.
`tests/models/test_context_errors.py` holds a message of each server.
"""

import re
from collections.abc import Mapping
from typing import Any

from agent_brain.core.errors import PromptSizes


def _row(pattern: str) -> re.Pattern[str]:
    """A wording; WINDOW, PROMPT and REPLY stand for numbers."""
    for name in ("window", "prompt", "reply"):
        pattern = pattern.replace(name.upper(), rf"(?P<{name}>\d[\d,]*)")
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


WORDINGS = (
    # OpenAI, Azure, DeepSeek, vLLM, OpenRouter ("this endpoint's"): with parts
    _row(
        r"maximum context length (?:is|of) WINDOW.*?\(PROMPT (?:in (?:the|your) (?:messages|prompt)|of text input)"
        r"(?:[^()]*?REPLY (?:in|for) the (?:completion|output))?"
    ),
    _row(r"maximum context length (?:is|of) WINDOW.*?(?:messages resulted in|your request has) PROMPT"),  # OpenAI, vLLM
    _row(r"maximum context length (?:is|of) WINDOW.*?requested REPLY output tokens and your prompt contains at least"),
    _row(r"maximum context length (?:is|of) WINDOW.*?PROMPT tokens from the input.*?REPLY tokens for the"),  # SGLang
    _row(r"passed PROMPT input tokens and requested REPLY output.*?context length is only WINDOW"),  # vLLM
    _row(r"\(length PROMPT\) is longer than the maximum model length of WINDOW"),  # vLLM, older
    _row(r"\(PROMPT tokens\) (?:is longer than|exceeds) the (?:model's context|maximum allowed) length \(WINDOW"),
    _row(r"prompt is too long: PROMPT(?: tokens >|, model maximum context length:) WINDOW"),  # Anthropic, Fireworks
    _row(r"exceed context limit: PROMPT \+ REPLY > WINDOW"),  # Anthropic
    _row(r"prompt contains PROMPT tokens.*?too large for model with WINDOW"),  # Mistral
    _row(r"must be <= WINDOW\. Given: PROMPT `?inputs`? tokens and REPLY"),  # Together, Text Generation Inference
    _row(r"token count \(PROMPT\) exceeds the maximum number of tokens allowed \(WINDOW"),  # Gemini
    _row(r"maximum prompt length is WINDOW but the request contains PROMPT"),  # xAI
    _row(r"exceeded model token limit: WINDOW(?: \(requested: PROMPT)?"),  # Moonshot
    _row(r"request too large.*?limit:? WINDOW,? requested:? PROMPT"),  # Groq, OpenAI: more than a minute's tokens
    _row(r"first PROMPT tokens when.*?context length of only WINDOW"),  # LM Studio
    _row(r"requested tokens \(PROMPT\) exceed context window of WINDOW"),  # llama-cpp-python
    _row(r"current length is PROMPT while limit is WINDOW"),  # Cerebras
    _row(r"range of input length should be \[\d+, WINDOW"),  # DashScope
    _row(r"exceed the configured limit of WINDOW"),  # OpenAI
    _row(r"\(PROMPT tokens\) exceeds the available context size \(WINDOW"),  # llama.cpp
    _row(r"exceeds the available context size"),  # llama.cpp, older
    _row(r"maximum context length (?:is|of) WINDOW"),
)
"""The first that is found counts: those that tell more come first."""

OTHERS = re.compile(
    r"maximum context length|context (length|window|size)( is| was|)( \w+)? ?exceed|exceeds?( the)?( \w+){0,3} context"
    r"|prompt (is )?too long|prompt exceeds max|too many (input )?tokens|input (is |length )?(is )?too long"
    r"|longer than the maximum model length|too large for model",
    re.IGNORECASE,
)
"""Wordings that mean the same and tell no sizes."""


def is_too_long(words: str) -> bool:
    """True where a server says that a prompt does not fit."""
    return OTHERS.search(words) is not None or any(row.search(words) for row in WORDINGS)


def read_sizes(fault: Any, words: str) -> PromptSizes | None:
    """The sizes that an error tells, in fields of their own (llama.cpp) or in words; None: none."""
    if isinstance(fault, Mapping):
        window, prompt = _to_count(fault.get("n_ctx")), _to_count(fault.get("n_prompt_tokens"))
        if window or prompt:
            return PromptSizes(window, prompt)
    for row in WORDINGS:
        if found := row.search(words):
            said = found.groupdict()
            sizes = PromptSizes(*(_to_count(said.get(name)) for name in ("window", "prompt", "reply")))
            return sizes if any((sizes.window, sizes.prompt, sizes.reply)) else None
    return None


def _to_count(value: Any) -> int | None:
    """A number of tokens; None for what is none."""
    if isinstance(value, str) and value.replace(",", "").isdigit():
        return int(value.replace(",", "")) or None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
