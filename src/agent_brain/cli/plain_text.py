"""Text from models, tools and people, made harmless for a terminal."""

import re

_LINE_ENDS = re.compile(r"\r\n?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def clean(text: str) -> str:
    """The text with every control character but newline and tab shown as a picture of itself.

    So no escape sequence reaches the terminal, and what is left can be encoded.
    """
    if text.isprintable():
        return text
    return _CONTROLS.sub(_picture, _LINE_ENDS.sub("\n", text))


def replace_surrogates(text: str) -> str:
    """The text with what is no character (undecodable bytes, halves of pairs) replaced by U+FFFD."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else "\N{REPLACEMENT CHARACTER}"
