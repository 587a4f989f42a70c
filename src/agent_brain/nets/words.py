"""The words of nets: data, one file a net, any of which a user can put others in place of."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from agent_brain.core.errors import SetupError, UnknownName

Words = Mapping[str, str]
"""What a net's states say to their models, by name."""


@cache
def load_words(net: str) -> Words:
    """A shipped net's own words. Raises: UnknownName for a net that has none."""
    folder = files("agent_brain.nets") / "prompts"
    file = folder / f"{net}.toml"
    if not file.is_file():
        known = [entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")]
        raise UnknownName("net with words of its own", net, known)
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    return MappingProxyType({name: text.strip() for name, text in found.items()})


def merge_words(net: str, others: Mapping[str, object] | None) -> Words:
    """A shipped net's words, with others in place of some.

    Raises: UnknownName for words that it has not; SetupError for what is no text.
    """
    words = load_words(net)
    if others is not None and not isinstance(others, Mapping):
        raise SetupError(
            f"prompts of net {net!r} are {others!r:.60}; wanted a mapping such as {{'answer': 'Be brief.'}}"
        )
    for name, text in (others or {}).items():
        if name not in words:
            raise UnknownName(f"prompt of net {net!r}", name, words)
        if not isinstance(text, str) or not text.strip():
            raise SetupError(f"prompt {name!r} of net {net!r} is {text!r:.60}; wanted a text")
    return {**words, **{name: str(text).strip() for name, text in (others or {}).items()}}
