"""What breaks outside in a run inside, and leaves the run around it to go on with less, is told, and done anew."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agent_brain.core.archive import Entry
from agent_brain.core.errors import ModelError, ModelErrorKind, StoreDown
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.folder import Folder
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Outcome
from agent_brain.memories.composed import Composed
from agent_brain.memories.embedding import KEY
from agent_brain.memories.episodic import Episodic
from agent_brain.memories.messages import Messages
from agent_brain.models.scripted import Line, ScriptedModel
from agent_brain.stores.memory_archive import MemoryArchive
from lab.sums import make_experiment, run
from memories.test_summary import PAGES, read_on, read_page

DOWN = ModelError(ModelErrorKind.CONNECTION, "the server is down")
REFUSED = ModelError(ModelErrorKind.CONTENT_FILTER, "refused")
TASK = Task("sum", ("What is 2 + 2?",), answer="4")


def sampling(*lines: Line) -> Experiment:
    """Votes on three answers, the first of which are these, and the others right."""
    said = [*lines, *["4"] * 20]
    return make_experiment([TASK], arms=[Arm("votes", {"net": "self_consistency", "model": ScriptedModel(said)})])


async def test_a_branch_that_broke_outside_says_nothing_of_an_arm_that_went_on_without_it(tmp_path: Path) -> None:
    _, (row,) = await run(sampling(DOWN), tmp_path, attempts_max=1)

    assert (row.outcome, row.error) == (Outcome.INFRASTRUCTURE, "connection: the server is down")


async def test_its_trial_begins_anew_and_what_came_of_it_first_is_kept(tmp_path: Path) -> None:
    _, (row,) = await run(sampling(DOWN), tmp_path)

    store = Folder(tmp_path).open_store()
    kept = {info.run_id: info.labels.get("set_aside") for info in await store.list_runs()}
    await store.aclose()
    assert (row.outcome, row.attempts) == (Outcome.PASSED, 2)
    assert kept == {row.trial_id: None, f"aside1-{row.trial_id}": row.trial_id}


async def test_the_next_sitting_tries_it_again(tmp_path: Path) -> None:
    experiment = sampling(DOWN)
    await run(experiment, tmp_path, attempts_max=1)

    _, (row,) = await run(experiment, tmp_path, attempts_max=1)

    assert row.outcome is Outcome.PASSED


async def test_a_branch_that_the_arm_itself_has_broken_counts_as_its_own(tmp_path: Path) -> None:
    _, (row,) = await run(sampling(REFUSED), tmp_path)

    assert (row.outcome, row.attempts) == (Outcome.PASSED, 1)


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (ModelErrorKind.TIMEOUT, Outcome.INFRASTRUCTURE),
        (ModelErrorKind.SERVER, Outcome.INFRASTRUCTURE),
        (ModelErrorKind.CONTEXT_LENGTH, Outcome.PASSED),
    ],
)
async def test_a_call_for_a_memory_that_broke_outside_is_told_too(
    tmp_path: Path, kind: ModelErrorKind, outcome: Outcome
) -> None:
    summing = ScriptedModel([ModelError(kind, "no summary")] * 20, name="summing")
    parts = {
        "model": ScriptedModel(read_on, name="small"), "memory_model": summing, "context_tokens": 4000,
        "memory": "summary(0.5, keep=2, otherwise='hide')",
    }  # fmt: skip
    task = Task("book", (f"What do the {PAGES} pages say?",), answer="to the north", tools=(read_page,))

    _, (row,) = await run(
        make_experiment([task], arms=[Arm("only", parts)], evaluator="regex('.*')"), tmp_path, attempts_max=1
    )

    assert row.outcome is outcome
    assert row.error == ("" if outcome is Outcome.PASSED else f"{kind}: summary: no summary")


class Wrapped(Exception):
    """What a client of an embedding server says; the network's own words are behind it."""

    def __init__(self, status_code: int | None = None) -> None:
        super().__init__("no embedding")
        self.status_code = status_code
        self.__cause__ = ConnectionRefusedError("refused") if status_code is None else None


def remembering(*errors: Exception) -> Experiment:
    """Recalls by embeddings, the first of which cannot be had."""
    left, entry = list(errors), Entry("one", "What was 2 + 2? 4.", {"from": "run 0", KEY: [1.0]})

    async def embed(texts: Sequence[str]) -> list[list[float]]:
        if left:
            raise left.pop(0)
        return [[1.0] for _ in texts]

    memory = Composed(Messages(), (Episodic(MemoryArchive([entry], frozen=True), embed=embed),))
    parts = {"net": "direct", "memory": memory, "model": ScriptedModel(["4"] * 9)}
    return make_experiment([TASK], arms=[Arm("recalls", parts)])


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DOWN, "connection: "),
        (Wrapped(), "connection: "),
        (Wrapped(503), "server: "),
        (StoreDown("no archive"), "ArchiveFailed: "),
    ],
    ids=["a model's error", "a client's error", "a server's status", "the archive's"],
)
async def test_an_errand_that_broke_outside_is_told_and_its_trial_begins_anew(
    tmp_path: Path, error: Exception, told: str
) -> None:
    experiment = remembering(error)
    _, (lost,) = await run(experiment, tmp_path, attempts_max=1)
    _, (row,) = await run(experiment, tmp_path, attempts_max=1)

    assert lost.outcome is Outcome.INFRASTRUCTURE
    assert lost.error.startswith(f"{told}episodic: recalled: ")
    assert (row.outcome, row.aside_calls) == (Outcome.PASSED, 1)


@pytest.mark.parametrize("error", [ValueError("a bug"), Wrapped(400)], ids=["a bug", "a request that is none"])
async def test_an_errand_that_failed_by_a_bug_is_the_arms_own(tmp_path: Path, error: Exception) -> None:
    _, (row,) = await run(remembering(error), tmp_path)

    assert (row.outcome, row.attempts) == (Outcome.PASSED, 1)
