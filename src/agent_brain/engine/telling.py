"""Tells a journal's story: a pure function of its commits, whole or cut anywhere."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from agent_brain.core.context import describe_fit, describe_refusal
from agent_brain.core.env_json import decode_env
from agent_brain.core.evaluating import ORACLES
from agent_brain.core.items import Item, ItemKind
from agent_brain.core.judgements import find_oracles, find_passed, is_judgement, read_judgement
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import Pause
from agent_brain.core.records import (
    ActionFinished,
    ActionStarted,
    Asked,
    BoardPut,
    Charged,
    Failed,
    Faulted,
    Finished,
    Fitted,
    Forked,
    ItemAdded,
    LimitMet,
    Paused,
    Record,
    Refused,
    Replied,
    Resumed,
    Started,
    StateSet,
    Status,
    SubRecord,
    Worded,
    find_innermost,
)
from agent_brain.core.state import END
from agent_brain.core.store import Commit, Store
from agent_brain.core.usage import Usage
from agent_brain.core.wire_choice import describe_choice, is_choice
from agent_brain.engine.calls import CallReader
from agent_brain.engine.judged import JudgedReader
from agent_brain.engine.story import Asking, Deed, Origin, Said, Step, Story, Wait


def tell(commits: Sequence[Commit], before: MemoryEnv | None = None) -> Story:
    """The story of these commits.

    `before`: the env of all records before the first one, where these were compacted away; without it the story holds
    too, and knows no question, no words and no state of what came before.
    """
    teller = _Teller(commits[0].first - 1 if commits else 0, before)
    for commit in commits:
        teller.read(commit)
    return teller.end()


async def read_story(store: Store, run_id: str) -> Story:
    """A run's story; of a compacted one, what is left. Raises: RunUnknown."""
    info = await store.get(run_id)
    before = None
    if info.base:
        kept = await store.read_snapshot(run_id, info.base)
        before = None if kept is None else decode_env(kept[1])
    async with aclosing(store.read(run_id, info.base)) as commits:
        found = [commit async for commit in commits]
    story = tell(found, before)
    return replace(story, run_id=info.run_id, status=info.status, gone=info.base, last=info.head)


class _Draft:
    """A step while its records are read."""

    def __init__(self, question: int, number: int, state: str, commit: Commit, first: int) -> None:
        self.step = Step(question, number, state, commit.run_id, first, first, commit.at, commit.at)
        self.deeds: dict[str, Deed] = {}
        self.waits: dict[str, Wait] = {}
        self.inside: dict[str, _Teller] = {}
        self._several: dict[str, list[Any]] = {}

    def add(self, **more: Any) -> None:
        """More entries of what a step has several of."""
        for name, value in more.items():
            self._several.setdefault(name, []).append(value)

    def set(self, **values: Any) -> None:
        """Other values of what a step has one of."""
        self.step = replace(self.step, **values)

    def finish(self) -> Step:
        several: dict[str, Any] = {name: tuple(entries) for name, entries in self._several.items()}
        inside = tuple(teller.end() for teller in self.inside.values())
        deeds, waits = tuple(self.deeds.values()), tuple(self.waits.values())
        return replace(self.step, actions=deeds, pauses=waits, inside=inside, **several)


class _Teller:
    """Reads commits in order and keeps drafts of all steps: an outcome or a reply may come later than its step."""

    def __init__(self, gone: int, before: MemoryEnv | None) -> None:
        env = MemoryEnv() if before is None else before
        goal = [Asking(env.run_id, env.goal, 0, env.net)] if env.goal else []
        self._story = Story(
            env.run_id, env.net, env.goal, env.status, env.state, env.answer, env.error, usage=env.usage,
            oracles=tuple(find_oracles(env)), passed=find_passed(env), gone=gone, last=gone, words=dict(env.words),
        )  # fmt: skip
        self._words = dict(env.words)
        self._questions = goal
        self._origins: list[Origin] = []
        self._drafts: list[_Draft] = []
        self._number = max(1, env.steps)
        self._draft: _Draft | None = None
        self._closed: _Draft | None = None
        self._judged = JudgedReader(env)
        self._items = {item.action_id: item for item in env.log if item.action_id}
        self._pauses = dict(env.pauses)
        self._deeds: dict[str, _Draft] = {}
        self._waits: dict[str, _Draft] = {}
        self._open = {pause.pause_id for pause in env.open_pauses}
        self._sub_runs = dict(env.sub_runs)
        self._inside: dict[str, _Teller] = {}
        """The runs inside the step under way."""
        self._calls = CallReader()

    def read(self, commit: Commit) -> None:
        self._closed = None
        for place, record in enumerate(commit.records):
            self._tell(record, commit, commit.first + place)
        self._change(run_id=commit.run_id, last=commit.last)

    def end(self) -> Story:
        status = self._story.status
        if status is Status.RUNNING and self._open:
            status = Status.WAITING
        return replace(
            self._story,
            status=status,
            steps=tuple(draft.finish() for draft in self._drafts),
            questions=tuple(self._questions),
            origins=tuple(self._origins),
            words=self._words,
        )

    def _tell(self, record: Record, commit: Commit, number: int) -> None:
        self._judged.read(record)
        match record:
            case Started() | Asked():
                self._ask(record, commit, number)
            case Forked():
                self._origins.append(Origin(record.run_id, number, self._story.run_id, is_fork=True))
                self._change(net=record.net or self._story.net)
            case Resumed():
                self._change(status=Status.RUNNING, error="")
            case Worded(digest=digest, text=text):
                self._words[digest] = text
                self._touch(commit, number)
            case Replied():
                self._take_reply(record, commit, number)
            case SubRecord():
                self._tell_inside(record, commit, number)
            case Charged(usage=usage, model=""):
                self._charge(usage, self._closed or self._touch(commit, number), commit, number)
            case _:
                self._tell_step(record, self._touch(commit, number), commit)
        if (call := self._calls.read(record)) is not None:
            self._touch(commit, number).add(calls=call)

    def _tell_inside(self, record: SubRecord, commit: Commit, number: int) -> None:
        """What a run inside recorded; what it spent is spent here, but for the time, which this step counts."""
        draft = self._touch(commit, number)
        teller = self._inside.get(record.sub_run)
        if teller is None:
            teller = self._inside[record.sub_run] = _Teller(0, self._sub_runs.pop(record.sub_run, None))
            draft.inside[record.sub_run] = teller
        before = teller._story.usage
        teller._tell(record.record, commit, number)
        teller._change(last=number)
        if isinstance(record.record, Started):
            teller._change(run_id=record.record.run_id)
        path, innermost = find_innermost(record)
        if isinstance(innermost, Paused):
            self._open.add(f"{path}.{innermost.pause_id}")
        if isinstance(innermost, BoardPut) and innermost.key == ORACLES:
            self._change(oracles=tuple(dict.fromkeys([*self._story.oracles, *innermost.value])))
        if teller._story.usage is not before:
            self._charge(replace(teller._story.usage - before, seconds=0.0), draft, commit, number)

    def _tell_step(self, record: Record, draft: _Draft, commit: Commit) -> None:  # noqa: C901, PLR0912  # one case a kind
        """What belongs to the step under way."""
        match record:
            case Charged(usage=usage):
                self._charge(usage, draft, commit, draft.step.last)
            case ItemAdded():
                draft.add(said=Said(record.kind, record.text, record.reasoning))
            case Faulted():
                draft.add(said=Said(ItemKind.OBSERVATION, record.text, fault=record.kind))
            case ActionStarted():
                self._start(record, draft)
            case ActionFinished():
                self._finish(record, draft)
            case Paused():
                self._pause(record, draft)
            case LimitMet(text=text):
                draft.set(limit=text)
            case StateSet(state=state, reason=reason):
                self._close(state, reason)
                self._change(state=state)
            case Finished(answer=answer):
                is_limited = any(d.step.limit for d in self._drafts if d.step.question == len(self._questions))
                self._close(END, "")
                passed = self._judged.has_passed(answer)
                self._change(status=Status.LIMITED if is_limited else Status.ANSWERED, answer=answer, passed=passed)
            case Failed(message=message):
                draft.add(errors=message)
                self._change(status=Status.FAILED, error=message, answer="")
            case BoardPut(key=key, value=value) if is_judgement(key):
                draft.add(judgements=read_judgement(key, value))
            case BoardPut(key=key, value=value) if key == ORACLES:
                self._change(oracles=tuple(value))
            case BoardPut(key=key, value=value) if is_choice(key):
                draft.add(wires=describe_choice(key, value))
            case Fitted():
                draft.add(fits=describe_fit(record))
            case Refused():
                draft.add(fits=describe_refusal(record))
            case _:
                pass  # slots, the board, chosen actions: control data, told by the actions that follow

    def _change(self, **values: Any) -> None:
        self._story = replace(self._story, **values)

    def _touch(self, commit: Commit, number: int) -> _Draft:
        """The step that this record belongs to."""
        if self._draft is None:
            self._draft = _Draft(len(self._questions) or 1, self._number, self._story.state, commit, number)
            self._drafts.append(self._draft)
        self._draft.set(last=number, ended_at=commit.at)
        return self._draft

    def _close(self, target: str, reason: str) -> None:
        assert self._draft is not None  # the record that closes it has touched it
        self._draft.set(target=target, reason=reason)
        self._closed, self._draft = self._draft, None
        self._inside = {}
        self._number += 1

    def _ask(self, record: Started | Asked, commit: Commit, number: int) -> None:
        if isinstance(record, Asked):
            self._origins.append(Origin(record.run_id, number, self._story.run_id, is_fork=False))
        self._draft, self._number = None, 1
        self._change(
            net=record.net or self._story.net, goal=record.goal, state=record.state, status=Status.RUNNING, answer="",
            error="", usage=Usage(), passed=None,
        )  # fmt: skip
        self._questions.append(Asking(record.run_id, record.goal, number, self._story.net))

    def _charge(self, usage: Usage, draft: _Draft, commit: Commit, number: int) -> None:
        draft.set(usage=draft.step.usage + usage, last=number, ended_at=commit.at)
        self._change(usage=self._story.usage + usage)

    def _start(self, record: ActionStarted, draft: _Draft) -> None:
        self._change(usage=self._story.usage + Usage(tool_calls=1))
        owner = self._deeds.setdefault(record.action_id, draft)
        deed = owner.deeds.get(record.action_id) or self._recall(record.action_id, record)
        owner.deeds[record.action_id] = replace(
            deed, name=record.action.name, args=record.action.args, starts=deed.starts + 1
        )
        draft.set(usage=draft.step.usage + Usage(tool_calls=1))

    def _finish(self, record: ActionFinished, draft: _Draft) -> None:
        owner = self._deeds.setdefault(record.action_id, draft)
        deed = owner.deeds.get(record.action_id) or self._recall(record.action_id, None)
        outcome = record.outcome
        owner.deeds[record.action_id] = replace(deed, status=outcome.status, outcome=outcome.text, fault=outcome.fault)

    def _recall(self, action_id: str, record: ActionStarted | None) -> Deed:
        """A deed that is met for the first time here; its beginning may have been compacted away."""
        known: Item | None = self._items.get(action_id)
        action = record.action if record else known.action if known else None
        starts = int(known is not None and record is None)
        return Deed(action_id, action.name if action else "?", action.args if action else {}, starts)

    def _pause(self, record: Paused, draft: _Draft) -> None:
        self._open.add(record.pause_id)
        self._waits[record.pause_id] = draft
        draft.waits[record.pause_id] = Wait(record.pause_id, record.kind, record.text, record.action_id)
        if record.action is not None:
            self._deeds[record.action_id] = draft
            draft.deeds[record.action_id] = Deed(record.action_id, record.action.name, record.action.args)

    def _take_reply(self, record: Replied, commit: Commit, number: int) -> None:
        self._open.discard(record.pause_id)
        key, _, inside = record.pause_id.partition(".")
        if inside:
            if key in self._inside:
                self._inside[key]._take_reply(replace(record, pause_id=inside), commit, number)
            return
        draft = self._waits.get(record.pause_id)
        if draft is None:
            draft = self._touch(commit, number)
            known: Pause | None = self._pauses.get(record.pause_id)
            if known is None:
                return
            draft.waits[record.pause_id] = Wait(known.pause_id, known.kind, known.text, known.action_id)
        draft.waits[record.pause_id] = replace(draft.waits[record.pause_id], reply=record.reply, source=record.source)
        draft.set(last=max(number, draft.step.last), ended_at=commit.at)
