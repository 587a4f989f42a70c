"""No secret of a brain, and none that its tools' schemas tell of, reaches an archive or who embeds for it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agent_brain import Brain, Composed, Message, ScriptedModel, tool
from agent_brain.core.hidden import HIDDEN
from agent_brain.core.lens import Overlay
from agent_brain.memories.bullets import Bullet
from agent_brain.memories.episodic import Episodic
from agent_brain.memories.graph import Graph
from agent_brain.memories.hierarchical import Hierarchical
from agent_brain.memories.keyfacts import KeyFacts
from agent_brain.memories.messages import Messages
from agent_brain.memories.playbook import Playbook
from agent_brain.memories.recalling import Recalling
from agent_brain.memories.reflective import Reflective
from agent_brain.stores.sqlite_archive import SqliteArchive
from memories.hashing import embed
from memories.overlays import call

KEY, PASSWORD = "sk-live/Ab+12\"'ü9", "correct-horse-battery-staple"
KINDS: Sequence[type[Any]] = (Episodic, KeyFacts, Playbook, Hierarchical, Reflective, Graph)
TOLD = f"key {KEY}, password {PASSWORD}"
NOTED = [
    {"op": "ADD", "text": TOLD, "lesson": TOLD, "section": KEY, "insight": TOLD, "because": [1], "keywords": [KEY],
     "tags": [PASSWORD], "context": TOLD}
]  # fmt: skip
"""What a memory's model says to whatever it is asked: all of it would be kept."""


@tool
def login(password: SecretStr) -> str:
    """Log in."""
    return f"logged in with {password.get_secret_value()} and {KEY}"


def keep_everything(messages: Sequence[Message]) -> str:
    """A rating, three questions, or whatever JSON is asked for, each with the secrets in it."""
    return f"9 for {TOLD}" if "JSON" not in messages[0]["content"] else json.dumps(NOTED)


class Listening:
    """An embedder that keeps what it was handed."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        self.heard += texts
        return [embed(text) for text in texts]


def make_brain(kind: type[Any], path: Path, embedder: Listening) -> Brain:
    given: dict[str, Any] = {"embed": embedder} if issubclass(kind, Recalling) else {}
    given |= {"bound": 1} if kind is Reflective else {}
    memory = Composed(Messages(), (made := kind(SqliteArchive(path, "a"), **given),))
    actions = [call("login", password=PASSWORD)]
    if kind is Hierarchical:
        actions += [call("archival_insert", text=TOLD), call("core_append", block="human", text=TOLD)]
    model = ScriptedModel([*actions, f"The {TOLD}."] * 2)
    assert isinstance(made, Overlay)
    return Brain("react_brief", memory, model, [login], memory_model=ScriptedModel(keep_everything), secrets=[KEY])


def read_bytes(path: Path) -> bytes:
    """The file, and those beside it."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


@pytest.mark.parametrize("kind", KINDS)
async def test_an_archives_bytes_hold_no_secret(kind: type[Any], tmp_path: Path) -> None:
    path, embedder = tmp_path / "memories.db", Listening()
    brain = make_brain(kind, path, embedder)
    for number in range(2):  # the second one finds what the first one has left
        assert (await brain.run(f"Log in with {TOLD}, {number}.")).answer

    written, spellings = read_bytes(path), [json.dumps(KEY)[1:-1], json.dumps(KEY, ensure_ascii=False)[1:-1], KEY]
    assert len(await SqliteArchive(path, "a").read()) >= 1
    assert HIDDEN.encode() in written
    assert not [one for one in (*spellings, PASSWORD) if one.encode() in written]
    assert bool(embedder.heard) is issubclass(kind, Recalling)
    assert not [text for text in embedder.heard if KEY in text]  # the password is known once it was given to its tool
    await brain.aclose()
    assert not [one for one in (*spellings, PASSWORD) if one.encode() in read_bytes(path)]


async def test_what_was_hidden_is_hidden_from_the_next_run_too(tmp_path: Path) -> None:
    archive = SqliteArchive(tmp_path / "memories.db", "a")
    brain = make_brain(Playbook, tmp_path / "memories.db", Listening())
    await brain.run("Log in.")
    bullets = [Bullet.read(entry) for entry in await archive.read()]
    assert [(bullet.text, bullet.section) for bullet in bullets] == [(f"key {HIDDEN}, password {HIDDEN}", HIDDEN)]
