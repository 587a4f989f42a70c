"""A secret is hidden in live text however the stream is cut, and what cannot be one is shown at once."""

import json
import random
import urllib.parse
from collections.abc import Callable

import pytest

from agent_brain.brain import Brain
from agent_brain.core.chat import Reply
from agent_brain.core.events import Chunk, ChunkKind, Event, Partial, Retracted
from agent_brain.core.hidden import HIDDEN
from agent_brain.core.items import ReplyCall
from agent_brain.engine.blot import Blot
from agent_brain.engine.live_text import Live, LiveText
from agent_brain.engine.secrets import Secrets
from agent_brain.engine.unfinished import SPELLED_CHARACTERS_MAX
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.function_tool import tool

SECRETS = [
    "hunter2",
    "sk-live/Ab+12\"'ü\\9",
    "sk-sk-sk-1",
    "a b&c<d>",
    "tail\\",
    "\\\\host\\share",
    "line one\nline two",
    "🔑key",
]


def spell(value: str, chance: random.Random) -> str:
    """The value as one of the ways in which models and tools write it."""
    ways: list[Callable[[str], str]] = [
        lambda text: text,
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(json.dumps(text))[1:-1],
        lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
        urllib.parse.quote,
        urllib.parse.quote_plus,
        lambda text: text.replace("&", "&amp;").replace("<", "&lt;"),
    ]
    return chance.choice(ways)(value)


def make_text(chance: random.Random) -> str:
    """A text with secrets, parts of secrets and other words."""
    parts = []
    for _ in range(chance.randint(1, 6)):
        value = spell(chance.choice(SECRETS), chance)
        parts.append(
            chance.choice([value, value[: chance.randint(0, len(value))], value[1:], "s", " word ", "\\", "%5"])
        )
    return "".join(parts)


def cut(text: str, chance: random.Random) -> list[str]:
    pieces, place = [], 0
    while place < len(text):
        size = chance.choice([1, 1, 2, 3, 7, 30])
        pieces.append(text[place : place + size])
        place += size
    return pieces


def play(pieces: list[Live], secrets: Secrets) -> list[Live]:
    live = LiveText()
    shown = [shown for piece in pieces for shown in live.show(piece, secrets)]
    return [*shown, *live.release(secrets)]


def get_text(pieces: list[Live] | list[Event], kind: ChunkKind) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, Chunk) and piece.kind is kind)


@pytest.mark.parametrize("seed", range(10))
def test_what_is_shown_is_the_same_wherever_it_is_cut(seed: int) -> None:
    chance, secrets = random.Random(seed), Secrets(SECRETS)
    for _ in range(100):
        text = make_text(chance)
        shown = play([Chunk(piece, ChunkKind.THOUGHT) for piece in cut(text, chance)], secrets)
        assert get_text(shown, ChunkKind.THOUGHT) == Blot(SECRETS).hide(text)


@pytest.mark.parametrize("seed", range(10))
def test_voices_are_hidden_each_by_itself(seed: int) -> None:
    chance = random.Random(seed)
    texts = {kind: make_text(chance) for kind in (ChunkKind.THOUGHT, ChunkKind.ARGUMENTS, ChunkKind.REASONING)}
    left = {kind: cut(text, chance) for kind, text in texts.items()}
    pieces: list[Live] = []
    while any(left.values()):
        kind = chance.choice([kind for kind in left if left[kind]])
        pieces.append(Chunk(left[kind].pop(0), kind))
    shown = play(pieces, Secrets(SECRETS))
    assert {kind: get_text(shown, kind) for kind in texts} == {kind: Blot(SECRETS).hide(texts[kind]) for kind in texts}


@pytest.mark.parametrize("secret", SECRETS)
def test_no_more_is_held_than_may_become_a_secret(secret: str) -> None:
    secrets, live = Secrets([secret]), LiveText()
    for place, letter in enumerate(f"?? {secret[:-1]}", 1):
        shown = [piece for piece in live.show(Chunk(letter, ChunkKind.ANSWER), secrets)]
        assert place > len("?? ") or get_text(shown, ChunkKind.ANSWER) == letter
    released = get_text(list(live.show(Chunk("!", ChunkKind.ANSWER), secrets)), ChunkKind.ANSWER)
    assert released.endswith("!")
    assert len(released) <= len(secret)


def test_an_endless_beginning_is_not_held_for_ever() -> None:
    secrets = Secrets(['a"quote'])
    shown = play([Chunk("a" + "\\" * 5_000, ChunkKind.ANSWER), Chunk("x", ChunkKind.ANSWER)], secrets)
    first = shown[0]
    assert isinstance(first, Chunk)
    assert len(first.text) >= 5_000 - len('a"quote') * SPELLED_CHARACTERS_MAX


def test_what_was_held_is_shown_before_it_is_retracted() -> None:
    pieces: list[Live] = [Chunk("my hunt", ChunkKind.THOUGHT), Retracted("again"), Chunk("er2", ChunkKind.THOUGHT)]
    shown = play(pieces, Secrets(["hunter2"]))
    assert shown == [
        Chunk("my ", ChunkKind.THOUGHT), Chunk("hunt", ChunkKind.THOUGHT), Retracted("again"),
        Chunk("er2", ChunkKind.THOUGHT),
    ]  # fmt: skip


def test_the_reason_why_something_does_not_count_holds_none() -> None:
    assert play([Retracted("hunter2 was refused")], Secrets(["hunter2"])) == [Retracted(f"{HIDDEN} was refused")]


def test_where_there_is_no_secret_pieces_pass_as_they_are() -> None:
    piece = Chunk("hunt", ChunkKind.THOUGHT)
    assert [shown is piece for shown in LiveText().show(piece, Secrets())] == [True]


def test_a_piece_that_is_a_text_of_its_own_is_shown_whole() -> None:
    piece = Chunk("paid with hunt", ChunkKind.OBSERVATION)
    assert list(LiveText().show(piece, Secrets(["hunter2"]))) == [piece]


def test_a_value_that_grows_shows_no_beginning_of_a_secret() -> None:
    live, secrets = LiveText(), Secrets(["hunter2"])
    grown = [Partial({"word": f"it is {'hunter2'[:length]}"}) for length in range(1, 8)]
    shown = [piece for part in grown for piece in live.show(part, secrets)]
    assert [piece.value["word"] for piece in shown if isinstance(piece, Partial)] == [
        "it is h", "it is hu", "it is hun", *[f"it is {HIDDEN}"] * 4
    ]  # fmt: skip


async def test_no_event_of_a_run_holds_a_secret_that_its_stream_cuts() -> None:
    @tool
    def log_in(word: str) -> str:
        return "welcome"

    call = ReplyCall("log_in", json.dumps({"word": "hunter2"}))
    said = Reply("I use hunter2.", "Is it hunter2?", calls=(call,))
    lines = [said, Reply("ok hunter2"), Reply("It was hunter2.")]
    for size in range(1, 9):
        model = ScriptedModel(lines, chunk_size=size)
        brain = Brain(model=model, tools=[log_in], wire="native", secrets=["hunter2"])
        events = [event async for event in brain.stream("Log in.")]
        for kind in (ChunkKind.THOUGHT, ChunkKind.REASONING, ChunkKind.ARGUMENTS, ChunkKind.ANSWER):
            assert HIDDEN in get_text(events, kind), (size, kind)
            assert "hunter2" not in get_text(events, kind), (size, kind)
        assert get_text(events, ChunkKind.ANSWER) == f"It was {HIDDEN}."
