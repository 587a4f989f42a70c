"""An experiment from a TOML file: its keys checked, its tasks read, its arms put together."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.grid import list_arms
from agent_brain.lab.arms.refusals import part_refused
from agent_brain.lab.experiment import Contrast, Experiment, Stopping
from agent_brain.lab.folder import Folder
from agent_brain.lab.task import Task
from agent_brain.lab.toml_table import Table
from agent_brain.models.prices import read_price
from agent_brain.wiring.addresses import check_models
from agent_brain.wiring.models import read_secrets
from agent_brain.wiring.settings_file import refuse_secrets

ARROW = " - "
TASKS_OF_WORLD = 60
"""Where a file does not say how many."""
FILES = (".py", ".json", ".jsonl", ".csv", ".toml")
OF_TASKS = ("world", "file", "path", "function")


def read_experiment(file: str | os.PathLike[str]) -> Experiment:
    """The experiment in a file; names of files in it are taken as seen from its folder.

    The folder that it was run in will do as well. Raises: SetupError with the place of the fault.
    """
    path = find_file(file)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SetupError(f"the experiment's file {path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise SetupError(f"{path} is broken TOML: {error}") from error
    return make_experiment(data, str(path.absolute()))


def find_file(name: str | os.PathLike[str]) -> Path:
    """The file of this name, or the one that such a folder was made of. Raises: SetupError for another folder."""
    path = Path(name)
    if not path.is_dir():
        return path
    made_of = str(Folder.find(str(path)).read().get("path", ""))
    if not made_of or not Path(made_of).is_file():
        what = f"was made of {made_of}, which is not there" if made_of else "was made of no file"
        raise SetupError(f"the experiment in {path} {what}; wanted its TOML file")
    return Path(made_of)


def make_experiment(data: Mapping[str, Any], path: str) -> Experiment:
    """The experiment that such data describe. Raises: SetupError."""
    where, folder = Path(path).name, Path(path).parent
    table = Table(data, where)
    tasks = _read_tasks(table.take("tasks", dict, {}), folder, f"{where}, table [tasks]")
    stopping = Table(table.take_any("stopping", {}), f"{where}, table [stopping]")
    money = Table(table.take("budget", dict, {}), f"{where}, table [budget]")
    settings: dict[str, Any] = dict(
        name=table.take("name", str, Path(path).stem),
        repeats=table.take("repeats", int, 1),
        evaluator=place_file(table.take("evaluator", str, "exact"), folder),
        metric=table.take("metric", str, "score"),
        margin=table.take("margin", float, 0.03),
        alpha=table.take("alpha", float, 0.05),
        stopping=Stopping(stopping.take("rule", str, "fixed"), stopping.take("tasks_min", int, 20)),
        budget_usd=money.take_some("usd", float),
        budget_tokens=money.take_some("tokens", int),
        concurrency=table.take("concurrency", int, 8),
        confirm=table.take("confirm", float, 0.0),
        simulated=table.take("simulated", dict, {}),
        prices=data.get("prices"),
        seed=table.take("seed", int, 0),
        source=dict(data),
        path=path,
    )
    contrasts = [_read_contrast(each, where) for each in table.take("contrasts", list, [])]
    arms = _read_arms(table, folder, where)
    is_skipped = table.take("skip_refused", bool, False)
    for each in (table, stopping, money):
        each.close()
    made = Experiment(tasks=tasks, arms=arms, contrasts=contrasts, **settings)
    return part_refused(made, is_skipped=is_skipped)


def _read_arms(table: Table, folder: Path, where: str) -> list[Arm]:
    """All arms, with the models and prices that the file names."""
    models, prices = table.take("models", dict, {}), table.take("prices", dict, {})
    for entry in models.values():
        refuse_secrets(f"{where}, table [models]", entry)
    check_models(models, where)
    for name, price in prices.items():
        read_price(name, price)
    common = {name: value for name, value in (("models", models), ("prices", prices)) if value}
    base, listed, grid, levels = (table.take(name, dict, {}) for name in ("base", "arms", "grid", "levels"))
    arms = list_arms({**base, **common}, listed, grid, levels, where)
    if not arms:
        raise SetupError(
            f"{where} has no arm; wanted tables [arms.NAME], or a [grid] such as net = ['react', 'refact']"
        )
    return [Arm(arm.name, _place_parts(arm.parts, folder), arm.factors) for arm in arms]


def _place_parts(parts: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Parts whose files are named as seen from the experiment's folder."""
    placed = dict(parts)
    refuse_secrets("model_options", placed.get("model_options"))
    for name in ("net", "evaluator", "answer_type"):
        if isinstance(placed.get(name), str):
            placed[name] = place_file(placed[name], folder)
    if "tools" in placed:
        tools = placed["tools"] if isinstance(placed["tools"], list) else [placed["tools"]]
        placed["tools"] = [place_file(each, folder) if isinstance(each, str) else each for each in tools]
    if "secrets" in placed:  # names of variables, as in the settings: no file holds a secret
        placed["secrets"] = read_secrets(placed["secrets"])
    return placed


def place_file(name: str, folder: Path) -> str:
    """A name that begins with a file's, as seen from anywhere; any other name as it is."""
    prefix, name = ("mcp:", name[4:]) if name.startswith("mcp:") else ("", name)
    file, colon, attribute = name.rpartition(":") if ".py:" in name else (name, "", "")
    if "://" in name or "(" in name or not file.endswith(FILES):
        return prefix + name
    return f"{prefix}{folder / file}{colon}{attribute}"


def _read_tasks(data: Mapping[str, Any], folder: Path, where: str) -> list[Task]:
    """The tasks of a world by name, or those of a file, a folder or a function in one of the formats."""
    from agent_brain.lab.tasks.sources import read_tasks

    table = Table(data, where)
    given = {name: text for name in OF_TASKS if (text := table.take_some(name, str))}
    if len(given) != 1:
        found = " and ".join(given) or "none of them"
        raise SetupError(f"{where} names {found}; wanted one of {', '.join(OF_TASKS)}, such as world = 'keychain'")
    (kind, name), form = next(iter(given.items())), table.take("format", str, "")
    if kind == "world":
        from agent_brain.lab.worlds.table import make_world_tasks

        return make_world_tasks(name, **{"count": TASKS_OF_WORLD, **table.take_rest()})
    place = place_file(name, folder)
    return read_tasks(folder / place, form or ("function" if kind == "function" else ""), **table.take_rest())


def _read_contrast(given: object, where: str) -> Contrast:
    """`"ARM - CONTROL"`, a list of the two, or a table."""
    match given:
        case str() if given.count(ARROW) == 1:
            arm, control = given.split(ARROW)
            return Contrast(arm.strip(), control.strip())
        case [str() as arm, str() as control]:
            return Contrast(arm, control)
        case {"arm": str() as arm, "control": str() as control, **rest} if rest.keys() <= {"name"}:
            return Contrast(arm, control, str(rest.get("name", "")))
    raise SetupError(f"{where}: the contrast {given!r:.80} is none; wanted 'ARM - CONTROL' or ['ARM', 'CONTROL']")
