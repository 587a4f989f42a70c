"""A trial whose turns a user says: a model, in runs of its own beside the agent's, so that nothing is said twice."""

from collections.abc import Callable
from dataclasses import replace

from agent_brain.brain import Brain
from agent_brain.core.events import Ended
from agent_brain.core.items import ItemKind
from agent_brain.core.judgements import find_question
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import Pause, PauseKind, ReplySource
from agent_brain.core.records import Failed
from agent_brain.core.usage import Usage
from agent_brain.lab.digests import name_said, name_turn
from agent_brain.lab.schedule import Slot
from agent_brain.lab.task import World
from agent_brain.lab.trials.failures import USER, tell
from agent_brain.lab.trials.row_making import Course
from agent_brain.lab.trials.trial_runs import TrialRuns
from agent_brain.lab.user import User
from agent_brain.models.prices import Prices

SAY = "Write your next message, and nothing around it."
"""What a user is asked for each time, below who it is and what was said."""


class Conversation(TrialRuns):
    """The agent's runs, each begun with what the user says to the answer before; a question is replied to as well.

    A user's run is named by what it answers, so that whoever takes the trial up finds what was said.
    """

    def __init__(
        self, make: Callable[[int], Brain], slot: Slot, world: World | None, experiment: str, prices: Prices
    ) -> None:
        super().__init__(make, slot, world, experiment)
        assert slot.task.user is not None  # only tasks that have one are done so
        self.user = slot.task.user
        brain = make_user(self.user, self.brain, prices)
        self._said = UserRuns(lambda _: brain, slot, None, experiment)
        self._said.labels |= {"user_of": slot.trial_id}
        self._replies: dict[str, str | None] = {}
        self._is_over_unsaid = False
        """The user has ended it before a word: as often as that run is read, it says no more."""

    async def go(self) -> Course:
        """As any trial, with what the user took beside it."""
        course = await super().go()
        begins_anew = course.begins_anew or self._is_over_unsaid
        return replace(course, begins_anew=begins_anew, user=sum((env.usage for env in self._said.envs), Usage()))

    async def ask(self) -> str | None:
        """What the user says next to the agent; None where nothing is left to say."""
        turn, last = len(self.envs), self.envs[-1] if self.envs else None
        if last is not None:
            await self._catch_up(last, turn - 1)
            if _uses(last, self.user.closing_tools):
                return None
        heard = self.user.greeting if last is None else last.answer
        text = await self._say(name_said(name_turn(self.slot.trial_id, turn)), heard)
        if text is None:
            return None
        if self.user.is_end(text):
            if last is None:
                self._is_over_unsaid = True
                self.broken = Failed(USER, f"it ended the conversation before it had said anything: {text:.200}")
            return None
        if turn == self.user.turns_max:
            self.broken = Failed("NoEnd", f"the conversation was not over after {turn} turns")
            return None
        return f"{self.user.briefing}\n\n{text}" if self.user.briefing and not turn else text

    async def reply(self, ended: Ended) -> tuple[MemoryEnv, Failed | None]:
        """Go on with what the user replies; leave to act, and more of a limit, are not the user's to give."""
        env = ended.env
        if any(pause.kind is not PauseKind.QUESTION or pause.wanted is not None for pause in env.open_pauses):
            return await super().reply(ended)
        turn, replies = len(self.envs), {}
        await self._catch_up(env, turn)
        for pause in env.open_pauses:
            text = await self._reply_to(pause, turn)
            if text is None:
                return env, self.broken
            replies[pause.pause_id] = text
        return await self.find_end(await self.watch(self.brain.resume(ended.run_id, replies=replies)))

    async def _catch_up(self, env: MemoryEnv, turn: int) -> None:
        """Hear what the user has replied to earlier questions of this turn, in an earlier life of the trial."""
        for pause in env.pauses.values():
            if pause.turn and pause.kind is PauseKind.QUESTION and pause.source is ReplySource.PERSON:
                await self._reply_to(pause, turn)

    async def _reply_to(self, pause: Pause, turn: int) -> str | None:
        name = name_said(name_turn(self.slot.trial_id, turn), pause.pause_id)
        if name not in self._replies:
            self._replies[name] = await self._say(name, pause.text)
        return self._replies[name]

    async def _say(self, name: str, heard: str) -> str | None:
        """What the user says to this; None where its model is at fault."""
        failed = await self._said.do_turn(name, heard)
        if failed is not None:
            self.broken = Failed(USER, failed.message if failed.kind else tell(failed), failed.kind)
            return None
        return self._said.envs[-1].answer


class UserRuns(TrialRuns):
    """What a user says, one run after the other."""

    def is_final(self, failed: Failed) -> bool:
        """Whatever it is, it says nothing of an arm, and is tried again with the trial."""
        return False


def make_user(user: User, agent: Brain, prices: Prices) -> Brain:
    """The brain that speaks for a user, with the agent's journal."""
    return Brain(
        "direct",
        "messages",
        user.player.model,
        instructions=user.prompt,
        prompts={"direct": {"answer": SAY}},
        prices=prices,
        store=agent.store,
        secrets=user.player.secrets,
    )


def _uses(env: MemoryEnv, tools: tuple[str, ...]) -> bool:
    """Whether one of these was used for the last question."""
    called = (item.action for item in env.log[find_question(env) + 1 :] if item.kind is ItemKind.ACTION)
    return any(action is not None and action.name in tools for action in called)
