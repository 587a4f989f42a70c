"""Speakers: several answer at the same time, round after round, and each is shown what the others have said."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from textwrap import indent
from typing import ClassVar

from agent_brain.core.events import Chunk, ChunkKind, Piece
from agent_brain.core.items import Item
from agent_brain.core.judgements import find_question
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.state import StateType
from agent_brain.nets.attempting import SamplingState
from agent_brain.nets.choosing import CHOSEN, choose
from agent_brain.nets.linked import LinkedState
from agent_brain.nets.sub_run import Task
from agent_brain.nets.voting import SHOWN_CHARACTERS, VOTES, Ballot, group

SPEAKERS = "speakers"
"""The board's key of the places in the log of what each speaker has said last; -1: nothing."""
ANSWERS = "answers"
"""The slot of what all of them have said last."""
OTHERS, OWN = "other_answers", "your_earlier_answer"
"""The slots that a speaker is given from the second round on."""


def find_last(env: MemoryEnv) -> list[Item | None]:
    """What each speaker has said last to the present question."""
    since = find_question(env)
    return [env.log[place] if place > since else None for place in env.board.get(SPEAKERS, ())]


def tell(answers: Sequence[Item | None], without: int = -1) -> str:
    """What speakers have said, each with its label and indented, but for one of them."""
    said = [(place, item.text) for place, item in enumerate(answers) if item is not None and place != without]
    return "\n\n".join(f"Speaker {place + 1}:\n{indent(text, '  ')}" for place, text in said)


@dataclass(frozen=True)
class SpeakersState(SamplingState):
    """Lets a net answer for `at_once` speakers in each of its visits, until all `tries` are made; goes on to `then`.

    From the second visit on each is shown, beside the question, its own last answer and those of the others. One that
    fails keeps what it has said before.
    """

    words: str = ""
    """What a speaker is told beside the question from the second round on."""
    again: str = field(default=StateType.ATTEMPT, kw_only=True)

    writes = frozenset({SPEAKERS, ANSWERS})

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.again})

    def _plan(self, env: MemoryEnv) -> list[Task]:
        last = find_last(env) if env.visits[env.state] > 1 else []
        net = self.nets[0]
        if not any(last):
            return [Task(net, env.goal)] * self.at_once
        question = f"{env.goal}\n\n{self.words}"
        return [Task(net, question, _show(last, speaker)) for speaker in range(self.at_once)]

    def _learn(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> None:
        place = len(env.log)
        last = find_last(env) if env.visits[env.state] > 1 else [None] * self.at_once
        places = [-1 if item is None else item.seq for item in last]
        super()._learn(env, done)
        for speaker, inner in enumerate(done):
            if inner.answer:
                places[speaker] = place
                place += 1
        env.put_board(SPEAKERS, places)
        env.put_slot(ANSWERS, tell(find_last(env)))

    async def _transition(self, env: MemoryEnv) -> None:
        if env.visits[env.state] < self.visits_max and not env.limit:
            env.set_state(self.again, f"round {env.visits[env.state]} of {self.visits_max} is over")
        else:
            env.set_state(self.then, env.limit or "the last round is over")


@dataclass(frozen=True)
class TallyState(LinkedState):
    """Counts what the speakers have said last, and chooses an answer with most votes, of several the first."""

    kind: ClassVar[ChunkKind] = ChunkKind.PROGRESS

    then: str = field(default=StateType.ANSWER, kw_only=True)

    reads = frozenset({SPEAKERS})
    writes = frozenset({VOTES, CHOSEN})

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        items = [item for item in find_last(env) if item is not None]
        groups = group([item.text for item in items], self._bound().answer_type)
        if not groups:
            return
        ballot = Ballot(tuple(map(len, groups)))
        chosen = items[groups[ballot.leader][0]]
        yield Chunk(
            f"{max(ballot.counts)} of {len(items)} say: {chosen.text:.{SHOWN_CHARACTERS}}\n", self.kind, env.state
        )
        counts = [[items[places[0]].seq, len(places)] for places in groups]
        env.put_board(VOTES, {"asked": len(items), "counts": counts})
        choose(env, chosen)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, "the votes are counted" if any(find_last(env)) else "there is nothing to count")


def _show(last: Sequence[Item | None], speaker: int) -> dict[str, str]:
    """What a speaker is shown of the rounds before."""
    own = last[speaker]
    shown = {OTHERS: tell(last, without=speaker), OWN: "" if own is None else own.text}
    return {name: text for name, text in shown.items() if text}
