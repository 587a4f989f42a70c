"""The brains of an arm: one for each trial, of parts that all its trials share."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from agent_brain.brain import Brain
from agent_brain.core.chat import ChatModel
from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.net import Net
from agent_brain.core.net_cost import find_cost
from agent_brain.core.ports import Closable
from agent_brain.core.store import Store
from agent_brain.core.tooling import Tools
from agent_brain.engine.limits import Limits
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.offering import offer_tools
from agent_brain.lab.arms.simulating import SIMULATED, key_evaluator, make_simulated
from agent_brain.lab.arms.wording import say_in_file
from agent_brain.lab.digests import describe, describe_name, digest, digest_file, digest_right
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.judging import make_task_evaluator
from agent_brain.lab.task import Task, World
from agent_brain.lab.user import list_players
from agent_brain.models.fallback import list_models
from agent_brain.models.prices import Prices
from agent_brain.models.served import find_server
from agent_brain.wiring.addresses import read_timeouts
from agent_brain.wiring.limit_settings import read_limits
from agent_brain.wiring.memories import make_memory
from agent_brain.wiring.models import OFFLINE, check_prices, make_model, read_secrets
from agent_brain.wiring.needs import check_playable
from agent_brain.wiring.nets import make_net
from agent_brain.wiring.prompts import pick_of_memories, pick_of_nets
from agent_brain.wiring.settings import API_KEY_ENV
from agent_brain.wiring.tools import make_tools

ROLES = ("model", "reasoning_model", "answering_model", "memory_model")
MADE = ("net", "prompts", "instructions", "memory", "tools", "limits", "prices", "evaluator", *ROLES)
"""Parts that are made once for all trials, or anew for each."""
OF_MODELS = ("base_url", "api_key_env", "model_options", "models", "profile", "timeouts")
HANDED = ("wire", "answer_type", "answer_repairs_max", "context_tokens", "count_tokens", "secrets", "before_tool",
          "after_tool", "before_answer")  # fmt: skip
PARTS = (*MADE, *OF_MODELS, *HANDED, "simulated")
"""What an arm may name: the keywords of `Brain`, and what the settings of the command line say of models."""
APART = ("tools", "secrets")
"""What a configuration tells in its own way, or never."""
CODE = ("net", "evaluator", "answer_type")
"""What may be the name of a file with code."""
HEEDING = ("net", "memory", "evaluator", "before_tool", "after_tool", "before_answer")
"""Parts that see what a run has cost; of those that this package ships, none looks at it."""
OF_TASK = "task"
"""The evaluator of an arm that is to know what its task's own evaluator knows: an oracle."""


class ArmBrains:
    """Makes the brains of one arm.

    Raises: SetupError for parts that do not fit together, where it is made.
    """

    def __init__(self, arm: Arm, experiment: Experiment, *, twin: str = "") -> None:
        """`twin`: what tells it from an arm before it that is made of the same."""
        for name in arm.parts:
            if name not in PARTS:
                raise UnknownName(f"part of arm {arm.name!r}", name, PARTS)
        self.arm, self.experiment, self._twin = arm, experiment, twin
        parts = dict(arm.parts)
        prompts = parts.get("prompts")
        self.net = make_net(parts.get("net", "react"), pick_of_nets(prompts), parts.get("instructions"))
        self.memory = make_memory(parts.get("memory", "messages"), self.net.shown_slots, pick_of_memories(prompts))
        self.limits = _make_limits(parts.get("limits"), arm.name)
        _refuse_shared(self.memory, arm.name)
        self._evaluator = parts.get("evaluator")
        self._tools: Any = make_tools(parts["tools"]) if parts.get("tools") else ()
        given = parts.get("prices")
        self._prices = given if isinstance(given, Prices) else Prices(given)
        self._models = {role: self._make_model(parts[role]) for role in ROLES if role in parts}
        self._models.setdefault("model", make_model(None))
        if {each.name for each in self.models} == {OFFLINE}:
            check_playable(_name_shipped(parts, "net", "react"), _name_shipped(parts, "memory", "messages"))
        if experiment.budget_usd is not None:
            check_prices(self._prices, [model for model in self._models.values() if not isinstance(model, str)])
        self._handed = {name: parts[name] for name in HANDED if name in parts}
        self._handed["secrets"] = [*parts.get("secrets", ()), *read_secrets(_name_keys(parts))]

    @property
    def is_told(self) -> bool:
        """True where the run itself is told by an evaluator of the task."""
        return isinstance(self._evaluator, str) and (self._evaluator == OF_TASK or not _is_place(self._evaluator))

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """All that it is made of, as JSON."""
        given = {name: _describe_part(name, value) for name, value in self.arm.parts.items() if name not in APART}
        tools = [_describe_tool(each) for each in self.arm.parts.get("tools", ())]
        simulated = dict(self.experiment.simulated) if SIMULATED in self._models.values() else {}
        return {
            "memory": "messages",
            "wire": "text",
            **given,
            "net": {"name": describe_name(self.arm.parts.get("net", "react")), "fingerprint": self.net.fingerprint}
            if isinstance(self.arm.parts.get("net", ""), str)
            else describe(self.net),
            "model": describe(self.model_names),
            "limits": describe(asdict(self.limits)),
            "tools": tools,
            **({"simulated": {**simulated, **describe(self.arm.parts.get("simulated", {}))}} if simulated else {}),
        }

    @cached_property
    def digest(self) -> str:
        """Of its configuration: another one makes its trials others. Prices only where a run may go by them."""
        told = {name: part for name, part in self.config.items() if name != "prices" or self._heeds_money}
        return digest([told, self._twin] if self._twin else told)

    @property
    def _heeds_money(self) -> bool:
        """True where a run of it may go otherwise for what a model costs: by a limit, or by code of the user's own."""
        given = [part for name in HEEDING for part in _list_parts(self.arm.parts.get(name))]
        return self.limits.usd is not None or not all(isinstance(part, str) and ":" not in part for part in given)

    @property
    def model_names(self) -> Mapping[str, Any]:
        """Its models by role, and where each is served."""
        return {
            role: SIMULATED
            if isinstance(model, str)
            else [f"{each.name} {find_server(each)}".strip() for each in list_models(model)]
            for role, model in self._models.items()
        }

    @property
    def models(self) -> list[ChatModel]:
        """Those that are made: the simulated one is anew for each trial."""
        return [each for model in self._models.values() if not isinstance(model, str) for each in list_models(model)]

    @cached_property
    def _players(self) -> list[ChatModel]:
        """The models that play the tasks' users, the same for all arms."""
        return list_players([task.user for task in self.experiment.tasks])

    @cached_property
    def servers(self) -> tuple[str, ...]:
        """The servers that its models are on; `""` where they are all in this process."""
        asked = [*self.models, *self._players]
        return tuple(sorted({find_server(model) for model in asked} - {""})) or ("",)

    @cached_property
    def calls_max(self) -> int:
        """Model calls of one turn at most, retries and upkeep left out."""
        worst = find_cost(self._find_judged_net()).total
        return worst if self.limits.model_calls is None else min(worst, self.limits.model_calls)

    def make(
        self, task: Task, repeat: int, store: Store | None, world: World | None = None, turn: int | None = None
    ) -> Brain:
        """The brain of one trial, with the tools of this turn, or of the last one.

        Raises: SetupError where the task's tools do not fit it.
        """
        luck = None if task.origin is None else task.origin.luck
        key = luck or (task.task_id, self.arm.name, repeat)
        models: dict[str, Any] = {
            role: make_simulated(self.experiment, self.arm, key) if isinstance(model, str) else model
            for role, model in self._models.items()
        }
        return Brain(
            net=self.net,
            memory=self.memory,
            tools=offer_tools(self._find_tools(task, world), task, turn),
            evaluator=key_evaluator(self.find_evaluator(task), self.experiment, key),
            limits=self.limits,
            prices=self._prices,
            store=store,
            **models,
            **self._handed,
        )

    def find_evaluator(self, task: Task) -> Any:
        """Whom its net asks in a trial of this task; None: nobody."""
        if not self.is_told:
            return self._evaluator
        if self._evaluator == OF_TASK:
            return make_task_evaluator(self.experiment.evaluator, task)
        return make_task_evaluator(str(self._evaluator), replace(task, evaluator=""))

    def name_right(self, task: Task) -> str:
        """The digest of what the run itself is told of the right answer; empty for nothing."""
        if not self.is_told:
            return ""
        if self._evaluator == OF_TASK:
            return digest_right(task, self.experiment.evaluator)
        return digest_right(replace(task, evaluator=""), str(self._evaluator))

    async def aclose(self) -> None:
        """Close what its models and its memory have opened for the running event loop."""
        archives = getattr(self.memory, "archives", ())
        for part in (*self._models.values(), *self._players, self._tools, *archives):
            if isinstance(part, Closable):
                await part.aclose()

    def _make_model(self, given: Any) -> ChatModel | str:
        if given == SIMULATED:
            return SIMULATED
        parts = self.arm.parts
        server = {name: parts[name] for name in ("base_url", "api_key_env") if name in parts}
        options = {"options": parts["model_options"]} if parts.get("model_options") else {}
        known: dict[str, Any] = dict(parts.get("models", {}))
        for name in given if isinstance(given, list | tuple) else [given]:
            if isinstance(name, str) and (server or options) and name != "offline":
                known[name] = {**server, **options, **known.get(name, {})}
        timeouts = read_timeouts(parts.get("timeouts"), "timeouts")
        return make_model(given, models=known, profile=parts.get("profile"), timeouts=timeouts)

    def _find_tools(self, task: Task, world: World | None) -> Tools | Iterable[Any]:
        """The arm's, the task's and its world's, as one."""
        of_world: Tools | tuple[()] = () if world is None else world.tools
        kinds: list[Any] = [tools for tools in (self._tools, task.tools, of_world) if tools]
        if len(kinds) < 2:
            return kinds[0] if kinds else ()
        if not all(isinstance(tools, Iterable) for tools in kinds):
            raise SetupError(f"the tools of arm {self.arm.name!r} and of task {task.task_id!r} cannot be put together")
        return [tool for tools in kinds for tool in tools]

    def _find_judged_net(self) -> Net:
        """Its net; where the evaluator that it asks is a model, with the calls that this takes."""
        task = self.experiment.tasks[0]
        if not getattr(self.find_evaluator(task), "models", ()):
            return self.net
        return self.make(task, 0, None, None if task.make_world is None else task.make_world()).net


def make_arms(experiment: Experiment) -> Mapping[str, ArmBrains]:
    """The brains of all arms; of several that are made of the same, each has trials of its own.

    Raises: SetupError with every arm that cannot be made, and why."""
    made: dict[str, ArmBrains] = {}
    faults = []
    for arm in experiment.arms:
        try:
            brains = ArmBrains(arm, experiment)
            is_twin = any(brains.digest == other.digest for other in made.values())
            made[arm.name] = ArmBrains(arm, experiment, twin=arm.name) if is_twin else brains
        except SetupError as error:
            faults.append(f"arm {arm.name!r}: {say_in_file(str(error))}")
    if faults:
        raise SetupError("; ".join(faults))
    return made


def _list_parts(given: Any) -> list[Any]:
    """One or several of a part."""
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]


def _name_shipped(parts: Mapping[str, Any], part: str, default: str) -> str:
    """The name of a part; of an object, which nobody can tell by its name, that of the usual one."""
    given = parts.get(part)
    return given if isinstance(given, str) else default


def _name_keys(parts: Mapping[str, Any]) -> list[str]:
    """The variables that the keys of its models are in."""
    named = [parts.get("api_key_env"), *(table.get("api_key_env") for table in parts.get("models", {}).values())]
    return [API_KEY_ENV, *(name for name in named if name)]


def _make_limits(given: Any, arm: str) -> Limits:
    if given is None or isinstance(given, Limits):
        return given or Limits()
    return Limits(**read_limits(given, f"arm {arm!r}"))


def _is_place(name: str) -> bool:
    """True for the name of an evaluator of the user's own, as a brain takes it."""
    return ":" in name and "(" not in name


def _describe_part(name: str, value: Any) -> Any:
    return describe_name(value) if name in CODE and isinstance(value, str) else describe(value)


def _describe_tool(tool: Any) -> Any:
    """A tool; of a file its name and what it holds."""
    if isinstance(tool, str) and tool.endswith((".py", ".json")):
        return {"file": Path(tool).name, "digest": digest_file(Path(tool.removeprefix("mcp:")))}
    return describe(tool)


def _refuse_shared(memory: object, arm: str) -> None:
    """Let memories pass that keep nothing across runs where others would find it. Raises: SetupError."""
    from agent_brain.wiring.archives import FILE, find_state_folder

    own = find_state_folder() / FILE
    for archive in getattr(memory, "archives", ()):
        if getattr(archive, "path", None) == own.absolute() and not getattr(archive, "is_frozen", False):
            raise SetupError(
                f"the memory of arm {arm!r} would learn from trial to trial in your own file {own}; wanted "
                "file='memory', a file of the arm's own, or frozen=True, as in episodic(file='learnt.db', frozen=True)"
            )
