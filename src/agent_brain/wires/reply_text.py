"""The plain text around actions: leaked chat tokens, thinking blocks, and what a model invents after an action."""

import re
from collections.abc import Callable

from agent_brain.core.thinking import Part, Thinking, Voice, has_tag

_TOKEN = re.compile(
    r"<\|(?:start_header_id|header_start)\|>\s*assistant\s*<\|(?:end_header_id|header_end)\|>"
    r"|<\|im_start\|>(?:assistant\b)?|<\|[A-Za-z_0-9]{1,40}\|>|<\uff5c[^\uff5c<>\n]{1,40}\uff5c>|<(?:start|end)_of_turn>|<eos>|<bos>"
)
_EDGES = ("<s>", "</s>", "[INST]", "[/INST]", "[TOOL_CALLS]", "[ARGS]", "<pad>", "<unk>")
"""Tokens that may as well be meant: they go only at the edges of a text."""
_EDGES_MAX = 32
"""Edge tokens taken off one end."""
_OTHER_TURN = re.compile(
    r"(?:<\|im_start\|>|<start_of_turn>|<\|(?:start_header_id|header_start)\|>)\s*(?:user|system|tool|ipython)\b"
)
_INVENTED = re.compile(
    r"^[ \t>*#_]*(?:observation|result|output|response|tool(?:[ _](?:result|output|response))?|user|human|assistant"
    r"|system|question|action)s?[*_ \t]*:|</?(?:observation|instruction|correction|tool_response|function_results?)\b"
    r"|^[ \t]*observation\b|\[/?INST\]|<\|im_start\|>|<\|(?:start_header_id|header_start)\|>|<start_of_turn>",
    re.IGNORECASE | re.MULTILINE,
)
_CLOSING = re.compile(r"(?:\s*(?:```+|~~~+|</(?:tool_call|tool_calls|function|function_call|action|tool)>)){1,4}")


def mend_characters(text: str) -> str:
    """The text with pairs of surrogates joined and lone ones replaced, so that it can be sent and stored."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def strip_tokens(text: str) -> str:
    """The text without the chat tokens that a server leaked."""
    if "<" not in text and "[" not in text:
        return text
    text = _TOKEN.sub("", text)
    for _ in range(_EDGES_MAX):
        bare = text.strip()
        edge = next((edge for edge in _EDGES if bare.startswith(edge) or bare.endswith(edge)), None)
        if edge is None:
            break
        text = bare.removeprefix(edge).removesuffix(edge)
    return text


def hide_thinking(text: str) -> str:
    """The text with its inline thinking blanked; all else stays at its place."""
    return _replace_thinking(text, lambda thought: " " * len(thought))


def drop_thinking(text: str) -> str:
    """The words outside the inline thinking; the text as it is where there are none."""
    words = _replace_thinking(text, lambda _: "")
    return words.lstrip() if words is not text and words.strip() else text


def _replace_thinking(text: str, replace: Callable[[str], str]) -> str:
    if not has_tag(text):
        return text
    thinking = Thinking()
    parts: list[Part] = []
    for voice, said in [*thinking.feed(text), *thinking.close()]:
        if voice is Voice.TAKEN_BACK:
            parts = [(Voice.THOUGHT, earlier) for _, earlier in parts]
        parts.append((voice, said))
    if not thinking.has_thought:
        return text
    return "".join(said if voice is Voice.WORDS else replace(said) for voice, said in parts)


def find_other_turn(text: str) -> int:
    """Where the model begins to write somebody else's turn, or the end of the text."""
    match = _OTHER_TURN.search(text) if "<" in text else None
    return match.start() if match else len(text)


def find_closing(text: str, end: int) -> int:
    """The end of the fence or the tags that close an action."""
    match = _CLOSING.match(text, end)
    return match.end() if match else end


def is_invented(text: str) -> bool:
    """True where the text after an action plays the part of the tool, the user or a further turn."""
    return _INVENTED.search(text) is not None
