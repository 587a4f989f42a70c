"""The words of memories: data, one file a memory, any of which a user can put others in place of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import ClassVar

from agent_brain.core.digest import digest_text
from agent_brain.core.words import Words, parse_words, replace_words


@cache
def load_words(memory: str) -> Words:
    """A shipped memory's own words."""
    file = files("agent_brain.memories") / "prompts" / f"{memory}.toml"
    return parse_words(file.read_text(encoding="utf-8"))


@cache
def list_worded() -> list[str]:
    """The memories that have a file of words."""
    folder = files("agent_brain.memories") / "prompts"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


@dataclass(frozen=True)
class Worded:
    """The half of memories that say something to models in words of their own: prompts, headings, tools' descriptions.

    Raises: UnknownName for words that it has not; SetupError for what is no text.
    """

    file: ClassVar[str]
    """What its file of words is called."""

    words: Mapping[str, object] = field(default_factory=dict, kw_only=True, repr=False, hash=False)
    """Others in place of some of them, by name."""

    def __post_init__(self) -> None:
        _ = self.says

    @cached_property
    def says(self) -> Words:
        """All of its words."""
        return replace_words(f"memory {self.file!r}", load_words(self.file), self.words)

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """What tells its words from others, by what they are: a part of its net's shape."""
        return {f"memory {self.file}, words {name!r}": digest_text(text) for name, text in self.says.items()}
