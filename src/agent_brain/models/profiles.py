"""Profiles: which field a family of servers sends reasoning in, and what it wants back of it; data, one row a family.

What to do at last is the server's to say: a field that it refuses by name is left out from then on, and one that it
misses is sent from then on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.models.served import find_host

INLINE = "<think>"
"""In place of a field's name: before the text, between tags."""
PARTS = "thinking part"
"""In place of a field's name: as a part of the content, before that with the text."""


class When(StrEnum):
    """Which of the assistant's messages are sent back with what they were thought with."""

    NEVER = "never"
    CALLS = "calls"
    """Those with tool calls, of earlier questions too."""
    TURN = "turn"
    """Those after the user's last question, or what else the user has said."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Profile:
    """A family of servers; what nothing is said of is as with any server."""

    name: str
    source: str
    """Where it is written, or who found it."""
    hosts: tuple[str, ...] = ()
    """How the host of a base URL ends, or `:PORT`."""
    models: tuple[str, ...] = ()
    """How a model's name begins, behind any `owner/`, where the host is nobody's that we know."""
    reads: tuple[str, ...] = ("reasoning", "reasoning_content", "reasoning_details")
    """The fields of a delta that may hold reasoning: the first in this order that does is read for a whole reply."""
    sends: tuple[str, ...] = ()
    """The fields that the plain text of reasoning goes back in; INLINE, PARTS."""
    when: When = When.NEVER
    fills: bool = False
    """A message with calls that was thought of without a word has these fields too, and nothing in them."""
    details: tuple[str, ...] = ()
    """Fields of the message that go back as they came, in place of the plain text."""
    of_calls: tuple[str, ...] = ()
    """Fields of a tool call that go back as they came."""
    missing: Mapping[str, Any] = field(default_factory=dict)
    """What the first call of a message has where no call of it has any such field."""


ANY = Profile(
    "any",
    "what most servers take: both simple names, which templates look for, with calls alone",
    sends=("reasoning_content", "reasoning"),
    when=When.CALLS,
    details=("reasoning_details",),
    of_calls=("extra_content",),
)
"""A server that no row is about."""

ROWS = (
    Profile(
        "openai",
        "platform.openai.com, chat completions: reasoning is not shown, and no field takes it",
        hosts=("api.openai.com", ".openai.azure.com"),
    ),
    Profile(
        "deepseek",
        "api-docs.deepseek.com, thinking mode: 400 where a message with calls lacks the field, in all later turns",
        hosts=(".deepseek.com",),
        models=("deepseek-v", "deepseek-reasoner", "deepseek-chat"),
        reads=("reasoning_content",),
        sends=("reasoning_content",),
        when=When.CALLS,
        fills=True,
    ),
    Profile(
        "moonshot",
        "platform.moonshot.ai, Kimi thinking models: 400 'reasoning_content is missing in assistant tool call message'",
        hosts=(".moonshot.ai", ".moonshot.cn", ".kimi.com"),
        models=("kimi-",),
        reads=("reasoning_content",),
        sends=("reasoning_content",),
        when=When.CALLS,
        fills=True,
    ),
    Profile(
        "zai",
        "docs.z.ai, thinking mode: reasoning goes back with results of tools; with preserved thinking all of it",
        hosts=(".z.ai", ".bigmodel.cn"),
        reads=("reasoning_content",),
        sends=("reasoning_content",),
        when=When.ALWAYS,
    ),
    Profile(
        "qwen",
        "alibabacloud.com, Model Studio, deep thinking: reasoning of earlier questions is not added to the context",
        hosts=(".aliyuncs.com",),
        reads=("reasoning_content",),
        sends=("reasoning_content",),
        when=When.TURN,
    ),
    Profile(
        "minimax",
        "platform.minimax.io, OpenAI API: the whole message goes back, its <think> part or its reasoning_details",
        hosts=(".minimax.io", ".minimaxi.com", ".minimax.chat"),
        reads=("reasoning_details", "reasoning_content"),
        sends=(INLINE,),
        when=When.ALWAYS,
        details=("reasoning_details",),
    ),
    Profile(
        "mistral",
        "docs.mistral.ai, reasoning: parts of the content; any other field is a 422 (extra_forbidden)",
        hosts=(".mistral.ai",),
        sends=(PARTS,),
        when=When.ALWAYS,
    ),
    Profile(
        "gemini",
        "ai.google.dev, thought signatures: 400 where the first call of a step lacks its own; the value that stands "
        "for a signature that nobody has is theirs too",
        hosts=("generativelanguage.googleapis.com", "aiplatform.googleapis.com"),
        models=("gemini-",),
        when=When.ALWAYS,
        details=("extra_content",),
        of_calls=("extra_content",),
        missing={"extra_content": {"google": {"thought_signature": "skip_thought_signature_validator"}}},
    ),
    Profile(
        "openrouter",
        "openrouter.ai, reasoning tokens: reasoning_details go back as they came, in their order",
        hosts=("openrouter.ai",),
        sends=("reasoning",),
        when=When.ALWAYS,
        details=("reasoning_details",),
        of_calls=("extra_content",),
    ),
    Profile(
        "groq",
        "console.groq.com, reasoning; `reasoning_content` is a 400 (tashfeenahmed/freellmapi#1070), and so is "
        "`reasoning` with a model that does not reason (vercel/ai#8057)",
        hosts=("api.groq.com",),
        sends=("reasoning",),
        when=When.CALLS,
    ),
    Profile(
        "xai",
        "docs.x.ai: chat completions carry no encrypted reasoning, and what is shown is not wanted back",
        hosts=("api.x.ai",),
        reads=("reasoning_content",),
    ),
    Profile(
        "ollama",
        "docs.ollama.com, OpenAI compatibility",
        hosts=(":11434", ".ollama.com"),
        sends=("reasoning",),
        when=When.CALLS,
    ),
    Profile(
        "vllm",
        "vllm-project/vllm#27755, #33402: `reasoning` since 2026, in requests too; some versions send both names",
        sends=("reasoning",),
        when=When.CALLS,
    ),
    Profile(
        "sglang",
        "docs.sglang.ai, reasoning parser",
        reads=("reasoning_content", "reasoning"),
        sends=("reasoning_content",),
        when=When.CALLS,
    ),
    Profile(
        "llama.cpp",
        "ggml-org/llama.cpp, tools/server: `reasoning_content` is read from requests, and its templates decide",
        reads=("reasoning_content", "reasoning"),
        sends=("reasoning_content",),
        when=When.CALLS,
    ),
    Profile("none", "for a server that is to be sent nothing of the kind"),
    ANY,
)
"""The first row that knows the host decides, then the first that knows the model."""

PROFILES: Mapping[str, Profile] = {row.name: row for row in ROWS}


def find_profile(given: str | Profile | None, server: str, model: str) -> Profile:
    """The profile of this name, or the one that knows the server or the model. Raises: UnknownName, SetupError."""
    if isinstance(given, Profile):
        return given
    if isinstance(given, str):
        if given not in PROFILES:
            raise UnknownName("profile", given, sorted(PROFILES))
        return PROFILES[given]
    if given is not None:
        raise SetupError(f"profile is {given!r:.100}; wanted the name of one, a Profile, or None")
    host = find_host(server).lower()
    bare = host.partition(":")[0]
    known = (row for row in ROWS for end in row.hosts if host.endswith(end) or f".{bare}".endswith(end))
    name = model.lower().rpartition("/")[2]
    of_model = (row for row in ROWS if row.models and name.startswith(row.models))
    return next(known, None) or next(of_model, ANY)


def name_maker(profile: Profile, server: str, model: str) -> str:
    """Who makes a model's details, and may be sent them: a family is one for all its models' own; else, the host is."""
    family = find_host(server) if profile is ANY else profile.name
    return f"{family}/{model}"
