"""The words of nets: data, one file a net, any of which a user can put others in place of."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from agent_brain.core.errors import UnknownName
from agent_brain.core.words import Words, parse_words, replace_words

__all__ = ["Words", "load_words", "merge_words"]


@cache
def load_words(net: str) -> Words:
    """A shipped net's own words. Raises: UnknownName for a net that has none."""
    file = files("agent_brain.nets") / "prompts" / f"{net}.toml"
    if not file.is_file():
        raise UnknownName("net with words of its own (nets/prompts/NAME.toml)", net, list_worded())
    return parse_words(file.read_text(encoding="utf-8"))


@cache
def list_worded() -> list[str]:
    """The nets that have a file of words."""
    folder = files("agent_brain.nets") / "prompts"
    return [entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")]


def merge_words(net: str, others: Mapping[str, object] | None) -> Words:
    """A shipped net's words, with others in place of some.

    Raises: UnknownName for words that it has not; SetupError for what is no text.
    """
    return replace_words(f"net {net!r}", load_words(net), others)
