"""Live text without secrets, also where one is cut between the pieces of a stream."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from agent_brain.core.events import Chunk, ChunkKind, Partial, Retracted, SubEvent
from agent_brain.engine.secrets import Secrets

FLOWING = frozenset({ChunkKind.THOUGHT, ChunkKind.REASONING, ChunkKind.ARGUMENTS, ChunkKind.ANSWER})
"""Voices whose pieces are parts of one text; of the others each piece is a text of its own."""

Live = Chunk | Retracted | Partial | SubEvent
Voice = tuple[ChunkKind, str, str]


class LiveText:
    """Hides the secrets in what one step streams.

    What may become a secret is held back until it is one or cannot become one; each voice is held back by itself, so
    what is held may come a little after another voice's next piece.
    """

    def __init__(self) -> None:
        self._held: dict[Voice, tuple[Chunk, str, str]] = {}
        """For each voice the piece that it is cut from, the character before it, and the text."""

    def show(self, piece: Live, secrets: Secrets) -> Iterable[Live]:
        """What is shown with this piece: it, a part of it with what was held before, or nothing yet."""
        return self._hide(piece, secrets) if secrets.has_any or self._held else (piece,)

    def release(self, secrets: Secrets) -> Iterator[Live]:
        """What is still held: the text has ended."""
        for piece, before, text in self._held.values():
            if text:
                yield _change(piece, secrets.cut(text, before, is_last=True)[0])
        self._held.clear()

    def _hide(self, piece: Live, secrets: Secrets) -> Iterator[Live]:
        if isinstance(piece, Partial):
            yield replace(piece, value=secrets.redact_growing(piece.value))
        elif isinstance(piece, Chunk) and piece.kind in FLOWING:
            yield from self._flow(piece, secrets)
        elif isinstance(piece, Chunk):
            yield _change(piece, secrets.redact_value(piece.text))
        elif isinstance(piece, Retracted):
            yield from self.release(secrets)
            yield replace(piece, reason=secrets.redact_value(piece.reason))
        else:
            yield piece  # a sub-run's own journal has hidden its own

    def _flow(self, piece: Chunk, secrets: Secrets) -> Iterator[Live]:
        voice = (piece.kind, piece.state, piece.action_id)
        _, before, text = self._held.get(voice, (piece, "", ""))
        text += piece.text
        shown, end = secrets.cut(text, before)
        self._held[voice] = (piece, text[end - 1] if end else before, text[end:])
        if shown:
            yield _change(piece, shown)


def _change(piece: Chunk, text: str) -> Chunk:
    return piece if text == piece.text else replace(piece, text=text)
