"""Words that parts say to models: data, one file a part, any of which a user can put others in place of."""

import tomllib
from collections.abc import Mapping
from types import MappingProxyType

from agent_brain.core.errors import SetupError, UnknownName

Words = Mapping[str, str]
"""What a part says to models, by name."""


def parse_words(text: str) -> Words:
    """The words that a part's file holds."""
    return MappingProxyType({name: words.strip() for name, words in tomllib.loads(text).items()})


def replace_words(part: str, own: Words, others: Mapping[str, object] | None) -> Words:
    """A part's own words, with others in place of some; `part` is what messages call it: `net 'react'`.

    Raises: UnknownName for words that it has not; SetupError for what is no text.
    """
    if others is not None and not isinstance(others, Mapping):
        raise SetupError(f"prompts of {part} are {others!r:.60}; wanted a mapping such as {{'answer': 'Be brief.'}}")
    for name, text in (others or {}).items():
        if name not in own:
            raise UnknownName(f"prompt of {part}", name, own)
        if not isinstance(text, str) or not text.strip():
            raise SetupError(f"prompt {name!r} of {part} is {text!r:.60}; wanted a text")
    return {**own, **{name: str(text).strip() for name, text in (others or {}).items()}}
