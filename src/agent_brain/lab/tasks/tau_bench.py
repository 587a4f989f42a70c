"""tau-bench: customers' wishes at a shop or an airline, whose database the tools change.

Yao et al., tau-bench, 2024, arXiv 2406.12045. Read is a checkout of its repository: tasks as syntax, never run; tools
in a child process. There a model plays the customer, as it does here where one is named; its words to that model are
ours. Without one the agent is given all at once that the customer wants.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.child_world import ChildWorld, Making, ask_driver
from agent_brain.lab.tasks.customers import Customers, make_specs
from agent_brain.lab.tasks.fields import check_list, take, take_or
from agent_brain.lab.tasks.files import read_text
from agent_brain.lab.tasks.literals import read_literals
from agent_brain.lab.user import find_player

CUSTOMER = """\
You are a customer, and you talk to the agent of a company. You write what the customer says next: one short message, \
in words of your own, and nothing else.

This is who you are and what you want:
{wish}

- Say what the agent needs for its next step, and keep the rest until it is asked for.
- What is not written above you do not know: say so when you are asked for it, and make nothing up.
- Stay in character, and never speak for the agent.
- When you have what you want, or there is nothing more to be had, write ###STOP### and nothing else.\
"""
TRANSFER = "transfer_to_human_agents"
"""Where an agent does so, the conversation is over."""
NO_ACTION = ("respond", TRANSFER)
"""What changes nothing in a database."""


def read_tau_bench(
    path: str,
    domain: str = "retail",
    split: str = "test",
    user: Any = None,
    policy: bool = True,
    seconds: float = 30.0,
) -> list[Task]:
    """The tasks of a domain, retail or airline, of a checkout of tau-bench, with its policy before the first words.

    `user`: the model that plays the customer; None: what is wanted is told at once. What counts is the state of the
    database at the end, and that all was told that had to be. Tasks of one customer are a family: some differ in a few
    words alone.
    """
    folder = Path(path) / "tau_bench" / "envs" / domain
    if not folder.is_dir():
        known = ", ".join(sorted(each.parent.name for each in folder.parent.glob("*/wiki.md"))) or "none"
        raise SetupError(
            f"{path} holds no tau_bench/envs/{domain}; wanted a checkout of tau-bench, and one of its domains: {known}"
        )
    file = next((each for each in (folder / f"tasks_{split}.py", folder / "tasks.py") if each.exists()), None)
    if file is None:
        known = ", ".join(sorted(each.name for each in folder.glob("tasks*.py")))
        raise SetupError(f"{folder} has no tasks_{split}.py; there is {known or 'none'}")
    player = find_player(user)
    making = Making("tau_world", {"domain": domain}, (Path(path),), seconds)
    specs = make_specs(ask_driver(making, "tell", domain=domain), f"{folder}: its tools")
    customers = Customers(
        read_text(folder / "wiki.md") if policy else "",
        partial(ChildWorld, making, specs),
        player,
        closing_tools=(TRANSFER,),
    )
    return [
        _make_task(found, f"{domain}-{split}-{place}", domain, customers, where)
        for place, (where, found) in enumerate(read_literals(file))
    ]


def _make_task(found: Any, name: str, domain: str, customers: Customers, where: str) -> Task:
    wish = take(found, "instruction", str, where)
    who = take_or(found, "user_id", str, where)
    data = {"domain": domain, "user_id": who, "instruction": wish}
    return customers.make(name, wish, CUSTOMER.format(wish=wish), _find_right(found, where), family=who, data=data)


def _find_right(found: Mapping[str, Any], where: str) -> dict[str, Any]:
    actions = [
        {"name": take(each, "name", str, f"{where}: actions"), "args": _read_arguments(each, f"{where}: actions")}
        for each in check_list(found.get("actions", []), dict, f"{where}: actions")
    ]
    told = check_list(found.get("outputs", []), str, f"{where}: outputs")
    changing = [action for action in actions if action["name"] not in NO_ACTION]
    return {"actions": changing, **({"told": told} if told else {})}


def _read_arguments(action: Mapping[str, Any], where: str) -> dict[str, Any]:
    return take(action, "kwargs" if "kwargs" in action else "arguments", dict, where)
