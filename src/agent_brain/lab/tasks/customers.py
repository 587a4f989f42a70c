"""Tasks of customers: a policy, a world that an agent acts upon, and somebody who wants something."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent_brain.core.tooling import ToolSpec
from agent_brain.evaluators.tau_bench import NAME as EVALUATOR
from agent_brain.lab.task import Task, World
from agent_brain.lab.tasks.fields import check_list, take
from agent_brain.lab.user import STOP, Player, User

ASKED = """\
A customer has written down what they want. Nothing can be asked of them; where the policy wants them to confirm, \
take it as confirmed. Do what they want, as far as the policy allows, and answer with all that they want to know.

{wish}"""


@dataclass(frozen=True, slots=True)
class Customers:
    """What all tasks of a domain have in common, whose customers are played by a model or, without one, told of."""

    policy: str
    """Before the first words to the agent; empty for none."""
    make_world: Callable[[], World]
    player: Player | None = None
    ends: tuple[str, ...] = (STOP,)
    """What a customer writes who has nothing more to say."""
    closing_tools: tuple[str, ...] = ()
    """What an agent uses that hands the customer on."""
    evaluator: str = EVALUATOR

    def make(self, name: str, wish: str, prompt: str, right: Any, **about: Any) -> Task:
        """The task of one customer: `wish` is what is wanted, `prompt` what a model is told that plays them."""
        about = {"evaluator": self.evaluator, "make_world": self.make_world, **about}
        if self.player is None:
            return Task(name, (f"{self.policy}\n\n{ASKED.format(wish=wish)}".strip(),), right, **about)
        user = User(prompt, self.player, self.policy, self.ends, self.closing_tools)
        return Task(name, (), right, user=user, **about)


def make_specs(told: Any, where: str) -> tuple[ToolSpec, ...]:
    """The tools of a world, as its code describes them to a server. Raises: SetupError."""
    return tuple(
        ToolSpec(
            take(each, "name", str, where),
            take(each, "description", str, where),
            take(each, "parameters", dict, where),
            parallel=False,
        )
        for each in check_list(told, dict, where)
    )
