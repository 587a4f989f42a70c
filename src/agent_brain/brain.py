"""Brain: a net, a memory, models, tools and limits, put together by name or by object."""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from agent_brain.core.counting import count
from agent_brain.core.errors import RunError
from agent_brain.core.evaluating import Evaluator
from agent_brain.core.guards import AfterTool, BeforeAnswer, BeforeTool
from agent_brain.core.net import Net
from agent_brain.core.ports import Closable, Memory, Parts, Wire
from agent_brain.core.store import Store
from agent_brain.core.tooling import Recalling, Tools
from agent_brain.engine.driver import Driver
from agent_brain.engine.errands import make_errands
from agent_brain.engine.limits import Limits
from agent_brain.engine.result import T
from agent_brain.engine.sub_run import make_nest
from agent_brain.evaluators.function import Judge
from agent_brain.models.gauge import CountTokens, ModelGauge
from agent_brain.models.prices import Price, Prices
from agent_brain.models.profiles import Profile
from agent_brain.models.timeouts import Timeouts
from agent_brain.nets.typed_answer import REPAIRS_MAX, make_typed
from agent_brain.wiring.addresses import read_timeouts
from agent_brain.wiring.answer_types import check_repairs, find_answer_type
from agent_brain.wiring.guards import make_guards
from agent_brain.wiring.mcp import find_secrets
from agent_brain.wiring.memories import make_memory
from agent_brain.wiring.models import Named, check_prices, make_models
from agent_brain.wiring.needs import check_calls_of, check_needs, check_traces, make_evaluator
from agent_brain.wiring.nets import make_net
from agent_brain.wiring.prompts import pick_of_memories, pick_of_nets
from agent_brain.wiring.stores import make_store
from agent_brain.wiring.tables import check_kind, make_wire
from agent_brain.wiring.tools import ToolName, make_tools

if TYPE_CHECKING:  # what a brain loads when it is first asked about a run; it hides no circle
    from agent_brain.engine.brain_tool import BrainTool
    from agent_brain.engine.diff import Diff
    from agent_brain.engine.history import Relative
    from agent_brain.engine.replay import Replay
    from agent_brain.engine.story import Story


class Brain(Driver[T]):
    """Serves any number of runs at once and holds no run data; each part is a name or an object.

    - `net`: how it thinks: a name such as `react`, with options `react(steps_max=5)`, or a Net.
    - `memory`: what the model is shown: a name such as `messages`, several that make one, or a Memory.
    - `model`: a model's name on the configured server (OPENAI_API_KEY, OPENAI_BASE_URL), `offline`, a ChatModel, or
      several of them: each is asked where those before it cannot answer. None: AGENT_BRAIN_MODEL, else what the
      environment configures, else the embedded `offline` model.
    - `tools`: functions, objects with `__call__`, Tools, or names: `builtin` for all built-in ones, one of theirs,
      `FILE.py`, `package.module:name`; and MCP servers: a URL, `mcp:FILE.py`, `FILE.json` or a mapping with
      `mcpServers`, an `McpServer`. None by default.
    - `reasoning_model`, `answering_model`, `memory_model`: other models for these roles; the last one writes summaries.
    - `wire`: how actions travel: `text`, `native` (tool calls; over text where a server refuses them), `auto` (what
      each model's server takes, found out by asking it once), or a Wire.
    - `timeouts`: how long a call to a model that is named may take: `Timeouts`, or some of it: `{"first": 600}`.
    - `instructions`: the system prompt in place of the net's own.
    - `prompts`: words in place of shipped nets' and memories' own, by name: `{"react": {"answer": "Be brief."}}`.
    - `evaluator`: says whether an answer is good, for nets that need to know: an Evaluator, or a function of question
      and answer that gives true or false, a number from 0 to 1, a Score, or one of these and words;
      or where one stands: `FILE.py:NAME`, `package.module:NAME`.
    - `limits`: what one run may spend.
    - `asks_for_more`: a limit of calls, steps, tokens, money or seconds that is met asks a person for more; a run
      inside this one never asks, it finishes with what it knows.
    - `prices`: what models cost, by name, where you know better than the tables: `{"qwen3": Price(0.1, 0.4)}`.
    - `answer_type`: what an answer has to be, beside words: a pydantic model, a dataclass, a TypedDict, a union, a
      list, a number ..., a JSON schema as a mapping, or the name of one: `FILE.py:NAME`, `package.module:NAME`,
      `FILE.json`. `Result.value` is a value of it (typed by `Brain[NAME](...)`), `answer` its JSON.
      `answer_repairs_max`: how often a wrong one is corrected before the run fails.
    - `before_tool`, `after_tool`, `before_answer`: guards, a function or several: `f(action, context)`,
      `f(action, observation, context)`, `f(text, context)`. None lets pass; else what shall stand in its place,
      `Refuse(reason)` or, before a tool and an answer, `AskFirst(text)`, which asks a person.
    - `context_tokens`: how large the models' contexts are, prompt and reply together: one number, or by model. What is
      not given is looked up; what nobody knows is learnt when a server refuses a prompt. What does not fit is hidden.
    - `count_tokens`: counts a text's tokens for a model's name, in place of the count by characters.
    - `profile`: what the server of models that are named does with reasoning: `deepseek`, `openrouter`, `vllm` and
      others, or a Profile. None: what its address, or the model's name, tells; so for `NAME@URL` in any case.
    - `store`: where journals are kept: a path or `sqlite:///PATH`, `postgresql://...`, or a Store. None: in memory.
    - `secrets`: values that no journal may hold, beside the keys in the headers and variables of MCP servers.
    - `clock`: seconds since the epoch; pauses expire by it.

    Raises: SetupError for parts that do not fit together; UnknownName lists the names that exist.
    """

    def __init__(  # noqa: PLR0913  # one keyword for each part of a brain
        self,
        net: str | Net = "react",
        memory: str | Memory = "messages",
        model: Named | Sequence[Named] | None = None,
        tools: Tools | Iterable[ToolName] = (),
        *,
        reasoning_model: Named | Sequence[Named] | None = None,
        answering_model: Named | Sequence[Named] | None = None,
        memory_model: Named | Sequence[Named] | None = None,
        wire: str | Wire = "text",
        instructions: str | None = None,
        prompts: Mapping[str, Mapping[str, object]] | None = None,
        evaluator: Evaluator | Judge | str | None = None,
        limits: Limits | None = None,
        asks_for_more: bool = False,
        prices: Prices | Mapping[str, Price] | None = None,
        answer_type: Any = None,
        answer_repairs_max: int = REPAIRS_MAX,
        before_tool: BeforeTool | Sequence[BeforeTool] = (),
        after_tool: AfterTool | Sequence[AfterTool] = (),
        before_answer: BeforeAnswer | Sequence[BeforeAnswer] = (),
        profile: str | Profile | None = None,
        timeouts: Timeouts | Mapping[str, float] | None = None,
        context_tokens: int | Mapping[str, int] | None = None,
        count_tokens: CountTokens | None = None,
        store: str | os.PathLike[str] | Store | None = None,
        secrets: Iterable[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        kind = find_answer_type(answer_type)
        unbound = make_net(net, pick_of_nets(prompts), instructions)
        unbound = unbound if kind is None else make_typed(unbound, check_repairs(answer_repairs_max))
        roles = {"reasoning": reasoning_model, "answering": answering_model, "memory": memory_model}
        self.models = make_models(model, roles, profile=profile, timeouts=read_timeouts(timeouts, "timeouts"))
        shown = make_memory(memory, unbound.shown_slots, pick_of_memories(prompts))
        self.tools = make_tools(tools, [*getattr(shown, "tools", ()), *unbound.brought_tools])
        prices = prices if isinstance(prices, Prices) else Prices(prices)
        self.evaluator = make_evaluator(evaluator)
        limits = Limits() if limits is None else check_kind("limits", limits, Limits, "Limits(model_calls=10)")
        if limits.usd is not None:
            check_prices(prices, [*self.models.values(), *getattr(self.evaluator, "models", ())])
        parts = Parts(
            models=self.models,
            memory=shown,
            tools=self.tools,
            wire=make_wire(wire),
            instructions=unbound.instructions,
            clock=clock,
            price=prices.charge,
            gauge=ModelGauge(context_tokens, count_tokens),
            nest=make_nest(limits),
            guards=make_guards(before_tool, after_tool, before_answer),
            answer_type=kind,
            evaluator=self.evaluator,
            errand=make_errands(lambda: self._journals.secrets),
        )
        check_needs(unbound, parts)
        check_calls_of(limits, self.tools)
        super().__init__(
            unbound.bind(parts),
            limits,
            make_store(store),
            secrets=[*secrets, *find_secrets(self.tools)],
            clock=clock,
            asks_for_more=asks_for_more,
            tools=self.tools,
            answer_type=kind,
        )
        self._archives: Sequence[object] = getattr(shown, "archives", ())

    def __repr__(self) -> str:
        models = ", ".join(f"{role}: {model.name}" for role, model in self.models.items())
        return f"<Brain {self.net.name}; {models}; {count(len(self.tools.specs), 'tool')}>"

    def as_tool(self, name: str, description: str, *, needs_approval: bool = False) -> "BrainTool":
        """This brain as a tool of another one, which hands it a question and gets its answer.

        What it does is a part of the run that asked: its events come with a path, its usage and its pauses are that
        run's. `description` tells the other brain's model what it is good for.
        Raises: SetupError for a name that no server takes.
        """
        from agent_brain.engine.brain_tool import BrainTool  # on first use, as below: an import need not wait for it

        return BrainTool(self, name, description, needs_approval)

    async def story(self, run_id: str) -> "Story":
        """What happened in a run, step by step: said, done, seen, spent, and why it moved. Raises: RunUnknown."""
        from agent_brain.engine.telling import read_story  # on first use, as below: an import need not wait for it

        return await read_story(self.store, run_id)

    async def diff(self, before: str, after: str) -> "Diff":
        """Where two runs part: path, actions, prompts, tokens, answer; `text()` for people. Raises: RunUnknown."""
        from agent_brain.engine.diff import compare

        return compare(await self.story(before), await self.story(after))

    async def replay(self, run_id: str) -> "Replay":
        """Play a run back, its journal in place of models, tools and persons; `check()` raises where it differs.

        Raises: RunUnknown; RunKept for a compacted run.
        """
        from agent_brain.engine.replay import replay_stored

        try:
            await self.open()
        except RunError:
            if not isinstance(self.tools, Recalling):  # the journal knows no more of what they would be
                raise
        return await replay_stored(self.store, run_id, self)

    async def history(self, run_id: str) -> "list[Relative]":
        """The family of a run: what it was forked from, and what was forked from it. Raises: RunUnknown."""
        from agent_brain.engine.history import read_history

        return await read_history(self.store, run_id)

    async def open(self) -> None:
        """Reach what has to be reached. Raises: RunError; SetupError where tools found there do not fit the net."""
        await super().open()
        check_traces(self.net, self.tools)

    async def aclose(self) -> None:
        """Close the connections that models, tools and the store have opened for the running event loop."""
        await super().aclose()
        for part in (*self.models.values(), self.evaluator, self.tools, *self._archives):
            if isinstance(part, Closable):
                await part.aclose()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
