"""The half that all states share which ask a model: ask, stream, count, then learn from the whole reply."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar, Self

from agent_brain.core.digest import digest_messages
from agent_brain.core.errors import SetupError
from agent_brain.core.events import Chunk, ChunkKind, Piece, Retracted
from agent_brain.core.items import ItemKind, Message
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import DEFAULT_ROLE, Again, ChatModel, Lens, Parts, Reply
from agent_brain.core.records import Called
from agent_brain.core.state import State, StateType
from agent_brain.core.usage import Usage, estimate_tokens


@dataclass(frozen=True)
class SpeakingState(State):
    """A state that asks a model once per visit, writes down what it said, and goes on to `then`.

    It can be used as it is; a subclass changes what is learnt from the reply (`_learn`) or where it goes.
    """

    model_calls: ClassVar[int] = 1

    model: str | ChatModel = DEFAULT_ROLE
    """A role that the brain has a model for, or a model of its own."""
    directive: str = ""
    """What this state asks for, beyond what the system prompt says; rendered last."""
    kinds: frozenset[ItemKind] | None = None
    """Which kinds of items it wants to see; None: all."""
    item: ItemKind = ItemKind.THOUGHT
    """As what the reply is kept in the log."""
    then: str = StateType.REASONING
    parts: Parts | None = None

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then})

    def aimed_at(self, target: str) -> Self:
        """The same state going to `target`."""
        return self.changed(then=target)

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts. Raises: UnknownName for a role that no brain has."""
        if isinstance(self.model, str):
            parts.get_model(self.model)
        return self.changed(parts=parts)

    def get_messages(self, env: MemoryEnv) -> list[Message]:
        """What the state asks the model."""
        parts = self._bound()
        directive = self.get_directive(env)
        items = parts.memory.render(env, Lens(directive, self.kinds))
        return parts.wire.get_messages(parts.instructions, items, parts.tools.specs, directive)

    def get_directive(self, env: MemoryEnv) -> str:
        """The state's instruction for this visit."""
        return self.directive

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        model = self._model()
        messages = self.get_messages(env)
        texts: list[str] = []
        reasonings: list[str] = []
        finish, usage = None, None
        async with aclosing(model.stream(messages)) as deltas:
            async for delta in deltas:
                if isinstance(delta, Again):
                    if texts or reasonings:
                        self._charge(env, model, _estimate(messages, texts, reasonings))
                    model = delta.model or model
                    texts, reasonings, finish, usage = [], [], None, None
                    yield Retracted(delta.reason, env.state, delta.wait_seconds)
                    continue
                if delta.text:
                    texts.append(delta.text)
                    yield delta.text
                if delta.reasoning:
                    reasonings.append(delta.reasoning)
                    yield Chunk(delta.reasoning, ChunkKind.REASONING, env.state)
                finish = delta.finish or finish
                usage = delta.usage or usage
        spent = usage + Usage(model_calls=1) if usage else _estimate(messages, texts, reasonings)
        self._charge(env, model, spent)
        reply = Reply("".join(texts), "".join(reasonings), finish)
        place = len(env.log)
        directive = self.get_directive(env)
        self._learn(env, reply)
        self._note_call(env, model.name, messages, directive, reply, place)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, "it was said")

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        """Write to env what the whole reply says."""
        env.add(self.item, self._bound().wire.read(reply, ()).text, reasoning=reply.reasoning)

    def _charge(self, env: MemoryEnv, model: ChatModel, usage: Usage) -> None:
        env.charge(self._bound().price(model, usage), model.name)

    def _note_call(
        self, env: MemoryEnv, model: str, messages: list[Message], directive: str, reply: Reply, place: int
    ) -> None:
        """Write down the call: the reply's words too where no item that it became, from `place` on, has them."""
        first = messages[0] if messages else {}
        is_kept = any((item.text, item.reasoning) == (reply.text, reply.reasoning) for item in env.log[place:])
        env.note_call(
            Called(
                model,
                digest_messages(messages),
                len(messages),
                env.keep_words(first["content"]) if first.get("role") == "system" else "",
                env.keep_words(directive) if directive else "",
                None if is_kept else reply.text,
                None if is_kept else reply.reasoning,
                reply.finish,
            )
        )

    def _bound(self) -> Parts:
        if self.parts is None:
            raise SetupError(f"{type(self).__name__} has no parts: put its net into a Brain, or call net.bind(parts)")
        return self.parts

    def _model(self) -> ChatModel:
        return self._bound().get_model(self.model) if isinstance(self.model, str) else self.model


def _estimate(messages: list[Message], texts: list[str], reasonings: list[str]) -> Usage:
    """One call's usage, where the server does not tell."""
    sent = estimate_tokens(sum(len(message.get("content", "")) for message in messages))
    received = estimate_tokens(sum(map(len, texts)) + sum(map(len, reasonings)))
    return Usage(model_calls=1, input_tokens=sent, output_tokens=received, estimated_tokens=sent + received)
