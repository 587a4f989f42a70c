"""A prompt that fits its model's context: counted before the call where the window is known, and learnt from refusals.

What is known is in env, so that a run that is resumed or played back shows its models the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent_brain.core.chat import ChatModel
from agent_brain.core.context import Context, choose_reply
from agent_brain.core.errors import BudgetTooSmall, ModelError, ModelErrorKind, PromptSizes
from agent_brain.core.growing_prompt import GrowingPrompt
from agent_brain.core.items import Item, Message
from agent_brain.core.lens import Budget, Lens, Maintaining
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.offers import offers
from agent_brain.core.ports import Following, Parts, Room, Wire
from agent_brain.core.records import Fitted, Refused
from agent_brain.core.tokens import count_prompt
from agent_brain.core.usage import Usage
from agent_brain.wires.growing import ITEMS_MIN

CHARACTER_TOKENS_MAX = 4.2
"""No character is counted as more: a prompt that fits even so is not looked at any closer."""
SHORTER = 0.9
"""A prompt that was refused is followed by one that is shorter by a tenth at least."""
GUESS = 0.6
"""How much of a prompt that was refused is taken to fit where its server tells no sizes."""
DOUBT = 0.5
"""Counted tokens may be as many times too many while nothing was measured: a prompt is not given up for that."""
CUT_CHARACTERS = 12
"""More characters than this for each token that a server has read: no text is so, and it must have cut the prompt."""
CUT_TOKENS_MIN = 1000
"""No server cuts to less than this."""
CHOICES = (
    "choose a model with a larger context, tell how large it is (context_tokens), let tools return less, or start a "
    "new conversation"
)

Show = Callable[[Sequence[Item]], list[Message]]
"""Items as the messages of a whole prompt."""
Tools = Sequence[Mapping[str, Any]]


def follow(wire: Wire, env: MemoryEnv) -> Wire:
    """The wire as it shows this run; while the log is short nothing is kept, as many runs at once would feel."""
    return wire.follow(env.derive) if len(env.log) >= ITEMS_MIN and offers(wire, Following) else wire


@dataclass(frozen=True, slots=True)
class Fit:
    """What a model is shown, and what is to be written down of it once it was asked."""

    messages: list[Message]
    counted: int = 0
    """Tokens as counted here; 0: they were not."""
    record: Fitted | None = None
    """Set where less is shown than before."""
    room: int = 0
    """What a memory was told that has models work for it; 0: nothing."""

    def describe(self) -> str:
        """How much is shown, in words."""
        if self.record is None:
            return f"about {self.counted:,} tokens as counted here" if self.counted else "the same messages"
        items = "one more item" if self.record.hidden == 1 else f"{self.record.hidden} more items"
        return f"about {self.counted:,} tokens as counted here; {items} of the log not shown any more"


@dataclass(frozen=True, slots=True)
class Fitting:
    """What is shown of one run to one model by one state."""

    env: MemoryEnv
    parts: Parts
    model: ChatModel
    lens: Lens
    """Without a budget."""
    tools: Tools
    """What is sent beside the messages."""
    show: Show

    def fit(self) -> Fit:
        """The messages, as far as they fit. Raises: ModelError where not even the least does."""
        context = self._context
        budget = find_budget(context, self.parts.gauge.find_room(self.model))
        items = self._render(None, context.since)
        messages = self.show(items)
        if budget is None or self._is_surely_small(messages, budget):
            return Fit(messages)
        counted = self.count(messages)
        return Fit(messages, counted) if counted <= budget else self._shrink(items, counted, budget)

    def find_lens(self) -> Lens:
        """The lens with what a prompt may take, as far as that is known."""
        budget = find_budget(self._context, self.parts.gauge.find_room(self.model))
        return replace(self.lens, budget=Budget(self._count_items, budget, self._context.since))

    def find_room(self) -> int:
        """What a memory is told that has models work for it, for a replay; 0: nothing."""
        budget = self.find_lens().budget if offers(self.parts.memory, Maintaining) else None
        return 0 if budget is None or budget.tokens is None else budget.tokens

    def count(self, messages: Sequence[Message]) -> int:
        """Tokens of the whole prompt as counted here."""
        gauge, model = self.parts.gauge, self.model
        return count_prompt(messages, self.tools, lambda text: gauge.count(model, text))

    def count_characters(self, messages: Sequence[Message]) -> int:
        """Characters of the whole prompt."""
        return self.env.derive(GrowingPrompt).count_characters(messages, self.tools)

    @property
    def _context(self) -> Context:
        return self.env.contexts.get(self.model.name) or _UNKNOWN

    def _render(self, tokens: int | None, since: int) -> Sequence[Item]:
        if not since and tokens is None:
            return self.parts.memory.render(self.env, self.lens)
        budget = Budget(self._count_items, tokens, since)
        return self.parts.memory.render(self.env, replace(self.lens, budget=budget))

    def _count_items(self, items: Sequence[Item]) -> int:
        return self.count(self.show(items))

    def _is_surely_small(self, messages: Sequence[Message], budget: int) -> bool:
        characters = self.count_characters(messages)
        return (characters + 100 * (len(messages) + 4)) * CHARACTER_TOKENS_MAX <= budget

    def _shrink(self, items: Sequence[Item], before: int, budget: int) -> Fit:
        """What the memory shows of it within the budget. Raises: ModelError."""
        try:
            fewer = self._render(budget, self._context.since)
        except BudgetTooSmall as error:
            is_measured = bool(self._context.reported)
            if is_measured or not error.least or error.needed * DOUBT > budget:
                raise self._give_up(error) from None
            fewer = error.least
        else:
            needed = self._count_items(fewer)
            if needed > budget:  # a memory that knows no budgets
                raise self._give_up(BudgetTooSmall(needed, budget))
        messages = self.show(fewer)
        counted = self.count(messages)
        shown = {item.seq for item in fewer}
        gone = [item.seq for item in items if item.seq not in shown and item.seq >= 0]
        if not gone:
            return Fit(messages, counted)
        since = max(gone) + 1
        return Fit(messages, counted, Fitted(self.model.name, before, counted, budget, len(gone), since))

    def _give_up(self, error: BudgetTooSmall) -> ModelError:
        context, room = self._context, self.parts.gauge.find_room(self.model)
        windows = [window for window in (context.window, room.window if room else 0) if window]
        known = f" (its context: {min(windows):,} tokens, prompt and reply together)" if windows else ""
        words = f"model {self.model.name!r}{known}: {error}; {CHOICES}"
        return ModelError(ModelErrorKind.CONTEXT_LENGTH, words)


def find_budget(context: Context, room: Room | None) -> int | None:
    """Tokens that a prompt may have, as counted here; None: nobody knows."""
    if room is not None and room.is_counted:
        return room.window
    left = [] if room is None else [room.window - max(room.reply, context.reply)]
    if context.window:
        left.append(context.window - max(choose_reply(context.window), context.reply))
    return max(0, int(min(left) / context.scale)) if left else None


def find_cut(fitting: Fitting, fit: Fit, usage: Usage | None) -> Fitted | None:
    """What tells of a prompt that its server has cut without a word, as Ollama does; None where nothing says so."""
    if usage is None or usage.input_tokens < CUT_TOKENS_MIN or usage.cached_tokens:
        return None
    if fitting.count_characters(fit.messages) <= CUT_CHARACTERS * usage.input_tokens:
        return None
    counted, read = fit.counted or fitting.count(fit.messages), usage.input_tokens
    return Fitted(fitting.model.name, counted, read, read, 0, is_silent=True)


def refuse(fitting: Fitting, fit: Fit, error: ModelError) -> str:
    """Write down that a prompt did not fit, and say so."""
    record = read_refusal(fitting, fit, error)
    fitting.env.update(record)
    return f"{error} (about {record.counted:,} tokens as counted here)"


def refuse_again(error: ModelError, fit: Fit) -> ModelError:
    """The error of a call that was refused once more with less shown."""
    words = f"{error}; it was asked with {fit.describe()}, after more had been refused; {CHOICES}"
    return ModelError(error.kind, words, status=error.status, sizes=error.sizes)


def read_refusal(fitting: Fitting, fit: Fit, error: ModelError) -> Refused:
    """What a run learns from a refusal: the window as its server tells it, else one in which clearly less fits."""
    model, sizes = fitting.model.name, error.sizes or PromptSizes()
    counted = fit.counted or fitting.count(fit.messages)
    known = fitting.env.contexts.get(model) or _UNKNOWN
    reply = sizes.reply or 0
    context = Context(sizes.window or 0, reply, counted, sizes.prompt) if sizes.prompt else known
    told = Context(sizes.window or 0, reply, context.counted, context.reported)
    budget = find_budget(told, None)
    window = told.window
    if budget is None or budget > SHORTER * counted:
        window = _make_window(int(GUESS * counted * told.scale), reply)
    prompt = fitting.env.derive(GrowingPrompt).digest(fit.messages)
    return Refused(model, prompt, counted, window, str(error), (sizes.window, sizes.prompt, sizes.reply), fit.room)


def _make_window(prompt: int, reply: int) -> int:
    """The smallest window that leaves so much for a prompt."""
    window = prompt + reply
    while window - max(choose_reply(window), reply) < prompt:
        window += max(1, prompt - (window - max(choose_reply(window), reply)))
    return window


_UNKNOWN = Context()
