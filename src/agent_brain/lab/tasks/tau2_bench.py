"""tau2-bench, the successor of tau-bench: tasks as JSON, and the package's own environments in a child process.

Barres et al., tau2-bench, 2025, arXiv 2506.07982. Read is a checkout of its repository, or a folder that the package is
installed in. Its code imports packages of its own; `python` names an interpreter that has them.
"""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.evaluators.tau_bench import NAME as EVALUATOR
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.child_world import ChildWorld, Making, ask_driver
from agent_brain.lab.tasks.customers import Customers, make_specs
from agent_brain.lab.tasks.fields import check, check_list, take, take_or
from agent_brain.lab.tasks.files import read_text
from agent_brain.lab.tasks.rows import load_json
from agent_brain.lab.user import find_player

CODE, DATA = ("src", "."), ("data/tau2", "src/tau2/data/tau2", "tau2/data/tau2")
"""Where the package and its data lie, as seen from a checkout or from where it is installed."""
GUIDELINES = Path("user_simulator") / "simulation_guidelines.md"
ENDS = ("###STOP###", "###TRANSFER###", "###OUT-OF-SCOPE###")
BASIS = ("DB", "COMMUNICATE")
"""What a task's reward is made of where it says nothing else, and what can be judged here."""
CLAIMS = "NL_ASSERTION"
"""Sentences about the conversation, of which a model says whether they are true."""
REFUSED: Mapping[str, str] = {
    "ENV_ASSERTION": "functions of the environment are asked, most of them about what customers do with tools",
    "ACTION": "calls are compared, most of them those of customers with tools of their own",
}
LABELS: Mapping[str, str] = {
    "domain": "Domain", "reason_for_call": "Reason for call", "known_info": "Known info",
    "unknown_info": "Unknown info", "task_instructions": "Task instructions",
}  # fmt: skip


def read_tau2_bench(  # noqa: PLR0913  # a keyword for each thing that the file of an experiment says
    path: str,
    *,
    domain: str = "retail",
    split: str = "base",
    user: Any = None,
    judge: str = "",
    python: str = "",
    policy: bool = True,
    seconds: float = 60.0,
) -> list[Task]:
    """The tasks of a domain, retail or airline, of tau2-bench, with its policy before the first words to the agent.

    `user`: the model that plays the customer, told what the package tells it; None: what is wanted is told at once.
    `judge`: the model that is asked where a task's reward counts what is said of the conversation in words.
    `split`: base, train or test. What counts is the database at the end, and what had to be told.
    """
    data, code = _find(path, DATA, f"domains/{domain}/tasks.json"), _find(path, CODE, f"tau2/domains/{domain}")
    folder = data / "domains" / domain
    rows = check_list(load_json(read_text(folder / "tasks.json"), str(folder / "tasks.json")), dict, f"{folder}: tasks")
    names = _read_split(folder / "split_tasks.json", split)
    placed = [(f"{folder / 'tasks.json'}, task {place}", row) for place, row in enumerate(rows)]
    wishes = [_read_wish(row, at, judge) for at, row in placed if names is None or take(row, "id", str, at) in names]
    player = find_player(user)
    guidelines = "" if player is None else read_text(data / GUIDELINES)
    making = Making("tau2_world", {}, (code,), seconds, python=python)
    told = check(ask_driver(making, "tell", domain=domain), dict, f"{folder}: what its code tells")
    specs = make_specs(told.get("tools"), f"{folder}: its tools")
    words = take(told, "policy", str, str(folder)) if policy else ""

    def make(wish: Wish) -> Task:
        of_task = replace(making, setup={"domain": domain, "start": wish.start})
        customers = Customers(words, partial(ChildWorld, of_task, specs), player, ENDS)
        prompt = f"{guidelines}\n\n<scenario>\n{wish.scenario}\n</scenario>"
        about = {"domain": domain, "id": wish.name}
        if "assertions" in wish.right:
            customers = replace(customers, evaluator=f"{EVALUATOR}(judge={judge!r})")
        return customers.make(f"{domain}-{wish.name}", wish.scenario, prompt, wish.right, data=about)

    return list(map(make, wishes))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a task's row says."""

    name: str
    scenario: str
    right: Mapping[str, Any]
    start: Mapping[str, Any]


def _read_wish(row: Mapping[str, Any], where: str, judge: str) -> Wish:
    name = take(row, "id", str, where)
    scenario = _tell_scenario(take(row, "user_scenario", dict, where), where)
    return Wish(name, scenario, _find_right(row, where, judge), _read_start(row, where))


def _tell_scenario(scenario: Mapping[str, Any], where: str) -> str:
    """Who a customer is, in the layout in which the package tells it."""
    given = scenario.get("instructions")
    if not isinstance(given, str):
        given = _tell_instructions(take(scenario, "instructions", dict, where), where)
    persona = take_or(scenario, "persona", str, where)
    parts = (
        ["Persona:", textwrap.indent(persona, "\t")] if persona else [],
        ["Instructions:", textwrap.indent(given, "\t")],
    )
    return "\n".join(line for part in parts for line in part)


def _tell_instructions(given: Mapping[str, Any], where: str) -> str:
    told = []
    for name, label in LABELS.items():
        words = take_or(given, name, str, where)
        if name == "domain":
            told.append(f"{label}: {words}")
        elif words:
            told += [f"{label}:", textwrap.indent(words, "\t")]
    return "\n".join(told)


def _find_right(row: Mapping[str, Any], where: str, judge: str) -> dict[str, Any]:
    """What the reward is made of. Raises: SetupError for what cannot be judged here."""
    criteria = take_or(row, "evaluation_criteria", dict, where)
    basis = check_list(criteria.get("reward_basis") or list(BASIS), str, f"{where}: reward_basis")
    for kind in basis:
        if kind not in (*BASIS, CLAIMS):
            why, wanted = REFUSED.get(kind, "it is not known"), ", ".join((*BASIS, CLAIMS))
            raise SetupError(f"{where}: its reward counts {kind}, which is not judged here: {why}; wanted {wanted}")
    right: dict[str, Any] = {}
    if "DB" in basis:
        actions = check_list(criteria.get("actions") or [], dict, f"{where}: actions")
        right["actions"] = [_read_action(each, f"{where}: actions") for each in actions]
    claims = check_list(criteria.get("nl_assertions") or [], str, f"{where}: nl_assertions")
    if claims and CLAIMS in basis:
        if not judge:
            raise SetupError(f"{where}: its reward counts {CLAIMS}; wanted judge = 'MODEL', which says what is true")
        right["assertions"] = claims
    told = check_list(criteria.get("communicate_info") or [], str, f"{where}: communicate_info")
    return right | ({"told": told} if told and "COMMUNICATE" in basis else {})


def _read_action(action: Mapping[str, Any], where: str) -> dict[str, Any]:
    if action.get("requestor", "assistant") != "assistant":
        raise SetupError(f"{where}: {action['requestor']!r} acts, who has no tools here")
    return {"name": take(action, "name", str, where), "args": take(action, "arguments", dict, where)}


def _read_start(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    start = take_or(row, "initial_state", dict, where)
    if start.get("message_history"):
        raise SetupError(f"{where}: it begins in the middle of a conversation, which is not read")
    return start


def _read_split(file: Path, split: str) -> set[str] | None:
    """The names of a split's tasks; None for all, where a checkout has no splits."""
    if not file.is_file():
        return None
    splits = check(load_json(read_text(file), str(file)), dict, str(file))
    if split not in splits:
        raise UnknownName(f"split of {file}", split, splits)
    return set(check_list(splits[split], str, f"{file}: {split}"))


def _find(path: str, places: tuple[str, ...], wanted: str) -> Path:
    found = next((place for name in places if ((place := Path(path) / name) / wanted).exists()), None)
    if found is None:
        raise SetupError(
            f"{path} holds no {wanted}; wanted a checkout of tau2-bench, or where it is installed, and a domain"
        )
    return found
