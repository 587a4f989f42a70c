"""SimulatedModel: plays the worlds of `agent_brain.lab.worlds` with known error rates, over either wire."""

import copy
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Self

from agent_brain.core.chat import Again, CallDelta, Delta, Reply, ToolChoice
from agent_brain.core.digest import show_tools
from agent_brain.core.items import Message
from agent_brain.core.place import UPKEEP
from agent_brain.core.usage import Usage, estimate_tokens
from agent_brain.models.simulated.asked import find_asked
from agent_brain.models.simulated.chances import Chances
from agent_brain.models.simulated.parameters import DEFAULTS, Parameters
from agent_brain.models.simulated.player import Player
from agent_brain.models.simulated.playing import play
from agent_brain.models.simulated.reading import Prompt, read_prompt

NAME = "simulated"


class SimulatedModel:
    """A pure function of the prompt that it is shown, of its seed and key, and of where in a run it is asked.

    What a memory or a net does not show it, it does not know: so their true effects can be measured, or calculated.
    `key` names a trial: its task, its arm, or one word for all arms that are to share their luck, and its repeat. It
    says the same whatever runs beside it, in whatever process, killed and taken on as often as one likes.
    """

    def __init__(
        self, parameters: Parameters = DEFAULTS, *, seed: int = 0, key: Sequence[object] = (), name: str = NAME
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.seed = seed
        self.key = tuple(key)
        self.place = ""
        self._chances = Chances(seed, self.key)

    def keyed(self, key: Sequence[object]) -> "SimulatedModel":
        """The same model for another trial."""
        return SimulatedModel(self.parameters, seed=self.seed, key=key, name=self.name)

    def placed(self, place: str) -> Self:
        """The same model, asked in this place of a run."""
        twin = copy.copy(self)
        twin.place = place
        return twin

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
        """Stream its reply over the text wire. Raises: SetupError for what it cannot play."""
        prompt = read_prompt(messages)
        tools = _list_told_tools(prompt.system)
        yield self._say(prompt, tools, 0, is_native=False)

    async def stream_calls(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], *, choice: ToolChoice = "auto"
    ) -> AsyncGenerator[Delta | Again, None]:
        """Stream its reply, with tool calls. Raises: SetupError for what it cannot play."""
        prompt = read_prompt(messages)
        names = frozenset(tool["function"]["name"] for tool in tools)
        yield self._say(prompt, names, len(show_tools(tools)), is_native=True)

    def _say(self, prompt: Prompt, tools: frozenset[str], tool_characters: int, *, is_native: bool) -> Delta:
        """The whole reply, in one piece."""
        asked = find_asked(prompt, self.place.partition(f" {UPKEEP} ")[2])
        subject = prompt.goal.name if prompt.goal is not None else ""
        place = f"{subject} {self.place or prompt.size}"
        reply = play(asked, Player(self.parameters, self._chances, place, prompt, tools, is_native))
        calls = tuple(CallDelta(number, call.name, call.arguments) for number, call in enumerate(reply.calls))
        return Delta(reply.text, "", reply.finish, self._count(prompt, reply, tool_characters), calls)

    def _count(self, prompt: Prompt, reply: Reply, tool_characters: int) -> Usage:
        said = len(reply.text) + sum(len(call.name) + len(call.arguments) for call in reply.calls)
        if self.parameters.rho_cost:
            return Usage(
                input_tokens=round(self.parameters.rho_cost * prompt.messages), output_tokens=estimate_tokens(said)
            )
        return Usage(input_tokens=estimate_tokens(prompt.size + tool_characters), output_tokens=estimate_tokens(said))


@lru_cache(maxsize=64)
def _list_told_tools(system: str) -> frozenset[str]:
    """The tools of which the text wire's system message tells, one a line."""
    _, _, listing = system.partition("\nTools, one a line:\n")
    return frozenset(json.loads(line)["name"] for line in listing.splitlines() if line.startswith("{"))
