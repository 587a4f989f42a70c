"""Embeddings by a function of the user's: what it has to give, and the loud refusal of what it gives otherwise."""

import inspect
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from agent_brain.core.archive import Change
from agent_brain.core.errors import SetupError

Embed = Callable[[Sequence[str]], Awaitable[Sequence[Sequence[float]]]]
"""Gives each text its embedding, in their order; all of one length, of finite numbers."""

BATCH_MAX = 64
"""Texts that it is handed at once."""
KEY = "embedding"
"""Where an entry's data keep its own."""


async def embed_all(embed: Embed, texts: Sequence[str]) -> list[list[float]]:
    """The embeddings of these texts, asked for in batches. Raises: SetupError for what are none."""
    found: list[list[float]] = []
    for start in range(0, len(texts), BATCH_MAX):
        found += await _embed(embed, texts[start : start + BATCH_MAX])
    lengths = sorted({len(one) for one in found})
    if len(lengths) > 1:
        raise SetupError(f"the embeddings have {' and '.join(map(str, lengths))} numbers; wanted all of one length")
    return found


async def embed_changes(embed: Embed | None, changes: Sequence[Change]) -> list[Change]:
    """The changes, each of those that put a text with its embedding; as they are where there is no function."""
    if embed is None:
        return list(changes)
    texts = [change.text for change in changes if change.text is not None]
    found = iter(await embed_all(embed, texts))
    return [
        change if change.text is None else Change(change.id, change.text, {**change.data, KEY: next(found)})
        for change in changes
    ]


async def _embed(embed: Embed, texts: Sequence[str]) -> list[list[float]]:
    asked: Any = embed(texts)
    if not inspect.isawaitable(asked):
        raise SetupError(f"embed gave {type(asked).__name__}; wanted an async function")
    found: Any = await asked
    try:
        rows = [[float(number) for number in row] for row in found]
    except (TypeError, ValueError) as error:
        raise SetupError(f"embed gave {found!r:.60}; wanted a list of numbers for each text") from error
    if len(rows) != len(texts):
        raise SetupError(f"embed gave {len(rows)} embeddings for {len(texts)} texts; wanted one each, in their order")
    for text, row in zip(texts, rows, strict=True):
        if not row or not all(map(math.isfinite, row)):
            raise SetupError(f"embed gave {row!r:.60} for {text!r:.40}; wanted at least one number, all of them finite")
    return rows
