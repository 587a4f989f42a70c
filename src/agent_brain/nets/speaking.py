"""The half that all states share which ask a model: ask, stream, count, then learn from the whole reply."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from agent_brain.core.chat import (
    Again,
    CallingModel,
    ChatModel,
    Delta,
    Reply,
    Several,
    ToolChoice,
    Tunable,
    takes_tools,
)
from agent_brain.core.errors import SetupError
from agent_brain.core.events import Piece, Retracted
from agent_brain.core.growing_prompt import GrowingPrompt
from agent_brain.core.items import Action, ItemKind, Message
from agent_brain.core.lens import Maintaining
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.offers import offers
from agent_brain.core.place import put_in_place
from agent_brain.core.ports import DEFAULT_ROLE, Choosing, Lens, Parts, Wire
from agent_brain.core.records import Called
from agent_brain.core.state import State, StateType
from agent_brain.nets.calling import Calling, Prompt, find_wire
from agent_brain.nets.fitting import Fit, Fitting, find_cut, follow, refuse
from agent_brain.nets.gathering import Gathering, count_usage
from agent_brain.nets.upkeep import maintain


@dataclass(frozen=True)
class SpeakingState(State):
    """A state that asks a model once per visit, writes down what it said, and goes on to `then`.

    It can be used as it is; a subclass changes what is learnt from the reply (`_learn`) or where it goes.
    """

    model_calls: ClassVar[int] = 1
    choice: ClassVar[ToolChoice] = "none"
    """Whether its model may call tools, over a wire that sends them: only where its `_learn` reads actions."""

    model: str | ChatModel = DEFAULT_ROLE
    """A role that the brain has a model for, or a model of its own."""
    directive: str = ""
    """What this state asks for, beyond what the system prompt says; rendered last."""
    kinds: frozenset[ItemKind] | None = None
    """Which kinds of items it wants to see; None: all."""
    groups: int | None = field(default=None, kw_only=True)
    """How many of the last replies, with what they asked for, it wants to see; None: all."""
    slots: frozenset[str] | None = field(default=None, kw_only=True)
    """Which slots it wants to see, of those that the memory shows; None: all."""
    sampling: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    """Options of the request, such as `temperature`, for models that can be tuned."""
    item: ItemKind = ItemKind.THOUGHT
    """As what the reply is kept in the log."""
    then: str = StateType.REASONING
    parts: Parts | None = None
    _fits: ClassVar[list[tuple[Fitting, Fit]] | None] = None
    """Where a copy of the state, made for one call, leaves how its messages were made to fit."""

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then})

    def aimed_at(self, target: str) -> Self:
        """The same state going to `target`."""
        return self.changed(then=target)

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts.

        Raises: UnknownName for a role that no brain has; SetupError for a model that takes no tools where the wire
        sends some.
        """
        if isinstance(self.model, str):
            parts.get_model(self.model)
        bound: Self = self.changed(parts=parts)
        bound._get_tools()
        return bound._tune() if self.sampling else bound

    def get_messages(self, env: MemoryEnv) -> list[Message]:
        """What the state asks the model, as far as it fits."""
        parts, model, directive = self._bound(), self._model(), self.get_directive(env)
        fitting = self._make_fitting(env, model, find_wire(env, parts, model), directive)
        fit = fitting.fit()
        if self._fits is not None:
            self._fits.append((fitting, fit))
        return fit.messages

    def get_directive(self, env: MemoryEnv) -> str:
        """The state's instruction for this visit."""
        return self.directive

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        if offers(self._bound().memory, Maintaining):
            async with aclosing(self._maintain(env)) as upkeep:
                async for piece in upkeep:
                    yield piece
        calling = Calling(env, self._bound(), lambda model, wire: self._over(model, wire)._prepare(env))
        said = Gathering(env.state)
        async with aclosing(calling.stream(self._model())) as deltas:
            async for delta in deltas:
                if isinstance(delta, Again):
                    if said.characters or said.usage:
                        self._charge(env, calling, said)
                    calling.model = delta.model or calling.model
                    said = Gathering(env.state)
                    yield Retracted(delta.reason, env.state, delta.wait_seconds)
                    continue
                for piece in said.add(delta):
                    yield piece
        for piece in said.close():
            yield piece
        self._charge(env, calling, said)
        reply = said.make_reply()
        place, before = len(env.log), env.next_actions
        directive = self.get_directive(env)
        speaker = self._over(calling.model, calling.wire)
        calling.note_fit()
        speaker._learn(env, reply)
        chosen = env.next_actions if env.next_actions is not before else ()
        sizes = _get_sizes(calling.prompt.fit, said)
        speaker._note_call(env, calling.model.name, calling.prompt.messages, directive, reply, place, chosen, sizes)
        calling.note_cut(said.usage)
        calling.keep()

    def _maintain(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        """What the memory has a model do before it shows anything."""
        parts, model = self._bound(), self._model()
        wire = find_wire(env, parts, model)
        while offers(model, Several):
            model = model.models[0]
        fitting = self._make_fitting(env, model, wire, self.get_directive(env))
        return maintain(env, parts, fitting.find_lens(), self.model_calls)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, "it was said")

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        """Write to env what the whole reply says."""
        reading = self._bound().wire.read(reply, ())
        env.add(self.item, reading.text, reasoning=reply.reasoning, details=reading.details)

    def _charge(self, env: MemoryEnv, calling: Calling, said: Gathering) -> None:
        usage = count_usage(calling.prompt.messages, calling.prompt.tools, said)
        env.charge(self._bound().price(calling.model, usage), calling.model.name)

    def _note_call(  # noqa: PLR0913, PLR0917  # all that a call consists of
        self,
        env: MemoryEnv,
        model: str,
        messages: list[Message],
        directive: str,
        reply: Reply,
        place: int,
        chosen: Sequence[Action] = (),
        sizes: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        """Write down the call: of its reply what no item from `place` on and no action that was chosen tells."""
        first = messages[0] if messages else {}
        tools, prompt = self._get_tools(), env.derive(GrowingPrompt)
        said = (reply.text, reply.reasoning, reply.details)
        is_kept = any((item.text, item.reasoning, item.details) == said for item in env.log[place:])
        env.note_call(
            Called(
                model,
                prompt.digest(messages),
                len(messages),
                env.keep_words(first["content"]) if first.get("role") == "system" else "",
                env.keep_words(directive) if directive else "",
                None if is_kept else reply.text,
                None if is_kept else reply.reasoning,
                reply.finish,
                None if chosen and len(chosen) == len(reply.calls) else reply.calls,
                env.keep_words(prompt.show_tools(tools)) if tools else "",
                None if is_kept else reply.details,
                *sizes,
            )
        )

    def _over(self, model: ChatModel, wire: Wire) -> Self:
        """The same state as it asks one model over one wire."""
        parts = self._bound()
        if wire is not parts.wire:
            parts = replace(parts, wire=wire, is_wire_chosen=True)
        elif model is self._model():
            return self
        return self.changed(model=model, parts=parts)

    def _prepare(self, env: MemoryEnv) -> Prompt:
        fits: list[tuple[Fitting, Fit]] = []
        messages, tools = self.changed(_fits=fits).get_messages(env), self._get_tools()
        fitting, fit = fits[-1] if fits else self._leave(env, messages, tools)
        send = lambda: self._ask(put_in_place(self._model(), env), messages, tools)  # noqa: E731
        fit = replace(fit, messages=messages, room=fitting.find_room())
        env.derive(GrowingPrompt).note(messages)
        return Prompt(
            messages,
            tools,
            send,
            fit,
            lambda error: refuse(fitting, fit, error),
            lambda usage: find_cut(fitting, fit, usage),
        )

    def _leave(
        self, env: MemoryEnv, messages: list[Message], tools: Sequence[Mapping[str, Any]]
    ) -> tuple[Fitting, Fit]:
        """What a state shows that makes its own messages: nothing of it can go."""
        lens = self._get_lens(self.get_directive(env))
        return Fitting(env, self._bound(), self._model(), lens, tools, lambda _: messages), Fit(messages)

    def _make_fitting(self, env: MemoryEnv, model: ChatModel, wire: Wire, directive: str) -> Fitting:
        parts = self._bound()
        specs, shown = parts.tools.specs, follow(wire, env)
        show = lambda items: shown.get_messages(parts.instructions, items, specs, directive)  # noqa: E731
        return Fitting(env, parts, model, self._get_lens(directive), wire.get_tools(specs), show)

    def _get_lens(self, directive: str) -> Lens:
        return Lens(directive, self.kinds, self.groups, self.slots)

    def _get_tools(self) -> Sequence[Mapping[str, Any]]:
        """What is sent beside the messages. Raises: SetupError where the model takes no tools."""
        parts = self._bound()
        tools = parts.wire.get_tools(parts.tools.specs)
        model = self._model()
        asked = model.models if offers(model, Several) and not offers(parts.wire, Choosing) else [model]
        unable = next((each for each in asked if not takes_tools(each)), None)
        if tools and unable is not None:
            raise SetupError(
                f"model {unable.name!r} takes no tools, and {type(parts.wire).__name__} tells of them in no other way; "
                "wanted wire='text', or a model with stream_calls"
            )
        return tools

    def _ask(
        self, model: ChatModel, messages: list[Message], tools: Sequence[Mapping[str, Any]]
    ) -> AsyncGenerator[Delta | Again, None]:
        if tools and offers(model, CallingModel):
            return model.stream_calls(messages, tools, choice=self.choice)
        return model.stream(messages)

    def _bound(self) -> Parts:
        if self.parts is None:
            raise SetupError(f"{type(self).__name__} has no parts: put its net into a Brain, or call net.bind(parts)")
        return self.parts

    def _model(self) -> ChatModel:
        return self._bound().get_model(self.model) if isinstance(self.model, str) else self.model

    def _tune(self) -> Self:
        """The same state with a model that samples as it says."""
        model = self._model()
        return self.changed(model=model.tuned(self.sampling)) if offers(model, Tunable) else self


def _get_sizes(fit: Fit, said: Gathering) -> tuple[int, int, int]:
    """Tokens of the prompt, as counted before the call and as its server counted them, where known; its room."""
    return fit.counted, said.usage.input_tokens if fit.counted and said.usage else 0, fit.room
