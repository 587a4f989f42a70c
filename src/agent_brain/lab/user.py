"""The user of a task: a model that plays whoever the agent talks to, and says what the next turn is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_brain.core.chat import ChatModel
from agent_brain.core.errors import SetupError
from agent_brain.models.fallback import list_models
from agent_brain.wiring.addresses import check_models
from agent_brain.wiring.models import make_model, read_secrets
from agent_brain.wiring.settings_file import refuse_secrets

GREETING = "Hi! How can I help you today?"
"""What a user hears first, as in tau-bench and its successor."""
STOP = "###STOP###"
"""What a user writes when there is nothing more to say."""
TURNS_MAX = 30


@dataclass(frozen=True)
class Player:
    """The model that plays a user, with what it was made of, by which a task is told from others."""

    model: ChatModel
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def secrets(self) -> list[str]:
        """What no journal may hold."""
        return read_secrets([self.settings["api_key_env"]]) if "api_key_env" in self.settings else []


@dataclass(frozen=True)
class User:
    """Somebody who talks to the agent, played by a model whose prompt says who that is and what is wanted.

    Each of its messages is the agent's next turn, and its reply where a net or a tool asks a person. What it costs is
    no part of what the arm costs.
    """

    prompt: str
    player: Player
    briefing: str = ""
    """What the agent is told before the user's first words: a policy, perhaps."""
    ends: tuple[str, ...] = (STOP,)
    """A message with one of these in it ends the conversation, and the agent does not get it."""
    closing_tools: tuple[str, ...] = ()
    """Tools after whose use the agent's turn is the last one."""
    greeting: str = GREETING
    turns_max: int = TURNS_MAX
    """A conversation that has not come to its end by then has failed."""

    def is_end(self, text: str) -> bool:
        """True where this message is none to the agent."""
        return any(mark in text for mark in self.ends)


def make_player(given: Any, where: str = "user") -> Player:
    """The model of this name, `NAME@URL` too, or of a table with `model` and where it is served; a model as it is.

    Raises: SetupError, which says `where`.
    """
    if not isinstance(given, Mapping):
        if not isinstance(given, str | Sequence | ChatModel) or not given:
            raise SetupError(f"{where} is {given!r:.60}; wanted a model's name, or a table with model = NAME")
        return Player(make_model(given), {} if isinstance(given, ChatModel) else {"model": given})
    refuse_secrets(where, given)
    name = given.get("model")
    if not isinstance(name, str) or not name:
        raise SetupError(f"{where} names no model; wanted model = NAME, and perhaps where it is served")
    about = {key: value for key, value in given.items() if key != "model"}
    check_models({name: about}, where)
    return Player(make_model(name, models={name: about} if about else None), dict(given))


def find_player(given: Any, where: str = "user") -> Player | None:
    """As `make_player`; None where nobody is named. Raises: SetupError."""
    return None if given is None else make_player(given, where)


def list_players(users: Sequence[User | None]) -> list[ChatModel]:
    """The models that play these users, each once."""
    found = [each for user in users if user is not None for each in list_models(user.player.model)]
    return list({id(model): model for model in found}.values())
