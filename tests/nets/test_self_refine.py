"""Self-Refine: its machine, its costs, what each state sees, and the faults of the reference code that it has not."""

from collections.abc import Sequence

import pytest

from agent_brain import Brain, Limits, MemoryStore, ModelError, ModelErrorKind, Refuse, ScriptedModel, Status
from agent_brain.core.errors import SetupError
from agent_brain.core.items import Item, ItemKind, Message
from agent_brain.core.lens import Lens
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.state import StateType
from agent_brain.models.scripted import Line, Script
from agent_brain.nets.refining import CRITIQUE, DRAFT, REFINE, read_score
from agent_brain.nets.self_refine import MOVES, make_self_refine
from agent_brain.nets.words import load_words
from nets.walking import check_resumes, find_path, go_by

WORDS = load_words("self_refine")
GOAL = "Name a prime above ten."
ANSWER = str(StateType.ANSWER)


def show_block(name: str, text: str) -> str:
    return f'<memory name="{name}">\n{text}\n</memory>'


def number_draft(messages: Sequence[Message]) -> str:
    """The next draft, by how many it is shown."""
    return f"draft {sum(message['content'].count('Draft ') for message in messages[1:]) + 1}"


def make_model(review: Line | Script, refine: Line | Script = number_draft) -> ScriptedModel:
    return go_by(
        (WORDS["draft"], "draft 0"),
        (WORDS["critique"], review),
        (WORDS["refine"], refine),
        (WORDS["answer"], "asked for"),
    )


def make_brain(model: ScriptedModel, net: str = "self_refine", **options: object) -> Brain:
    return Brain(net=net, model=model, **options)  # type: ignore[arg-type]  # any of a brain's options


def accept(*drafts: str, otherwise: str = "Line 1 is wrong.\nVerdict: revise") -> Script:
    """Reviews that accept these drafts alone."""

    def review(messages: Sequence[Message]) -> str:
        return "Verdict: accept" if any(f"\n{draft}\n" in messages[-1]["content"] for draft in drafts) else otherwise

    return review


def score(**scores: str) -> Script:
    """Reviews that give each draft its score, and accept none."""

    def review(messages: Sequence[Message]) -> str:
        draft = next(name for name in scores if f"\n{name.replace('_', ' ')}\n" in messages[-1]["content"])
        return f"So so.\nScore: {scores[draft]}\nVerdict: revise"

    return review


def find_prompts(model: ScriptedModel, words: str) -> list[str]:
    """All that the states which say these words have shown, without the system prompt."""
    return ["\n".join(m["content"] for m in call[1:]) for call in model.calls if WORDS[words] in call[-1]["content"]]


@pytest.mark.parametrize("refined", [0, 1, 2])
async def test_each_round_costs_a_review_and_a_draft_until_one_is_accepted(refined: int) -> None:
    brain = make_brain(make_model(accept(f"draft {refined}")), "self_refine(rounds=3)", store=MemoryStore())

    result = await brain.run(GOAL, run_id="r")

    assert (result.answer, result.status) == (f"draft {refined}", Status.ANSWERED)
    assert result.usage.model_calls == 1 + 2 * refined + 1
    assert await find_path(brain.store) == [CRITIQUE, *[REFINE, CRITIQUE] * refined, ANSWER]


@pytest.mark.parametrize("rounds", [1, 2, 5])
async def test_it_costs_at_most_one_and_two_for_each_round(rounds: int) -> None:
    brain = make_brain(make_model(accept()), f"self_refine(rounds={rounds})", store=MemoryStore())

    result = await brain.run(GOAL, run_id="r")

    assert (result.answer, result.status) == (f"draft {rounds}", Status.ANSWERED)
    assert result.usage.model_calls == 1 + 2 * rounds
    assert await find_path(brain.store) == [*[CRITIQUE, REFINE] * rounds, ANSWER]


def test_the_net_has_the_moves_of_the_paper() -> None:
    assert dict(make_self_refine(WORDS).table) == {source: frozenset(row) for source, row in MOVES.items()}
    assert make_self_refine(WORDS, keep="best").table[REFINE] == {CRITIQUE}
    assert make_self_refine(WORDS).start == DRAFT


async def test_the_review_sees_the_question_and_the_present_draft_alone() -> None:
    model = make_model(accept("draft 2"))
    await make_brain(model).run(GOAL)

    for place, prompt in enumerate(find_prompts(model, "critique")):
        directive = f"<instruction>\n{WORDS['critique']}\n</instruction>"
        assert prompt == f"{GOAL}\n\n{show_block('draft', f'draft {place}')}\n\n{directive}"


async def test_the_next_draft_sees_all_drafts_and_reviews() -> None:
    model = make_model(accept())
    await make_brain(model, "self_refine(rounds=2)").run(GOAL)

    review = "Line 1 is wrong.\nVerdict: revise"
    earlier = f"Draft 1:\ndraft 0\n\nReview of draft 1:\n{review}"
    blocks = [show_block("attempts", earlier), show_block("draft", "draft 1"), show_block("review", review)]
    first, second = find_prompts(model, "refine")
    assert second.startswith("\n\n".join([GOAL, *blocks]))
    assert first.startswith("\n\n".join([GOAL, show_block("draft", "draft 0"), blocks[-1]]))


async def test_the_task_is_not_appended_to_the_prompt_each_round() -> None:
    model = make_model(accept())
    await make_brain(model, "self_refine(rounds=4)").run(GOAL)

    assert [sum(m["content"].count(GOAL) for m in call) for call in model.calls] == [1] * 9


async def test_the_review_does_not_presuppose_an_error() -> None:
    model = make_model(accept("draft 0"))
    result = await make_brain(model).run(GOAL)

    assert (result.answer, len(model.calls)) == ("draft 0", 2)
    assert "may be right as it is" in model.calls[1][-1]["content"]
    assert "Verdict: accept" in model.calls[1][-1]["content"]


async def test_an_accepting_word_in_a_sentence_of_the_review_does_not_stop_it() -> None:
    model = make_model("I cannot accept it: it is correct only by chance.\nVerdict: revise")
    result = await make_brain(model, "self_refine(rounds=1)").run(GOAL)

    assert result.answer == "draft 1"


async def test_a_review_without_a_verdict_asks_for_a_revision() -> None:
    result = await make_brain(make_model("The second line is wrong."), "self_refine(rounds=1)").run(GOAL)

    assert result.answer == "draft 1"


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ({"draft_0": "7", "draft_1": "3", "draft_2": "5"}, "draft 0"),
        ({"draft_0": "3", "draft_1": "7", "draft_2": "5"}, "draft 1"),
        ({"draft_0": "3", "draft_1": "5", "draft_2": "5.5"}, "draft 2"),
        ({"draft_0": "5", "draft_1": "5", "draft_2": "11"}, "draft 0"),
        ({"draft_0": "none", "draft_1": "0", "draft_2": "none"}, "draft 1"),
    ],
)
async def test_the_best_draft_is_kept_by_comparing_to_the_best_so_far_and_not_to_zero(
    scores: dict[str, str], best: str
) -> None:
    model = make_model(score(**scores))
    result = await make_brain(model, "self_refine(rounds=2, keep='best')").run(GOAL)

    assert result.answer == best
    assert len(model.calls) == 2 + 2 * 2


async def test_where_the_best_is_kept_an_accepted_draft_is_the_answer() -> None:
    def review(messages: Sequence[Message]) -> str:
        is_first = "\ndraft 0\n" in messages[-1]["content"]
        return "Score: 9\nVerdict: revise" if is_first else "Score: 8\nVerdict: accept"

    result = await make_brain(make_model(review), "self_refine(keep='best')").run(GOAL)

    assert (result.answer, result.usage.model_calls) == ("draft 1", 4)


async def test_reviews_can_be_turns_of_the_model_itself() -> None:
    model = make_model(accept())
    await make_brain(model, "self_refine(rounds=2, critique_as='assistant')").run(GOAL)

    prompt = next(call for call in reversed(model.calls) if WORDS["refine"] in call[-1]["content"])
    review = "Line 1 is wrong.\nVerdict: revise"
    assert [m["role"] for m in prompt] == ["system", "user", "assistant", "user"]
    assert prompt[2]["content"] == f"{review}\n\n{review}"
    assert prompt[3]["content"].count("is wrong") == WORDS["refine"].count("is wrong")
    assert show_block("draft", "draft 1") in prompt[3]["content"]


async def test_a_limit_is_met_with_the_draft_that_there_is() -> None:
    for calls in range(2, 7):
        model = make_model(accept())
        result = await make_brain(model, limits=Limits(model_calls=calls)).run(GOAL)

        assert result.answer == f"draft {(calls - 2) // 2}", calls
        assert result.status is Status.LIMITED
        assert result.usage.model_calls <= calls


async def test_a_limit_before_there_is_a_draft_asks_for_an_answer() -> None:
    model = make_model(accept())
    result = await make_brain(model, limits=Limits(model_calls=1)).run(GOAL)

    assert (result.answer, result.status) == ("asked for", Status.LIMITED)


async def test_a_draft_of_no_words_leaves_the_last_one_standing() -> None:
    result = await make_brain(make_model(accept(), refine=""), "self_refine(rounds=2)").run(GOAL)

    assert (result.answer, result.usage.model_calls) == ("draft 0", 5)


async def test_a_further_question_does_not_see_the_drafts_of_the_one_before() -> None:
    model = make_model(accept("draft 0"))
    brain = make_brain(model, store=MemoryStore())
    first = await brain.run(GOAL, run_id="r")
    model.calls.clear()

    await brain.run("And another?", after=first.env)

    assert all("<memory" not in message["content"] for message in model.calls[0])


async def test_no_window_cuts_a_draft_or_a_review() -> None:
    class Blind:
        """Shows the goal alone."""

        def render(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
            return env.log[:1]

    models = [make_model(accept()), make_model(accept())]
    for model, memory in zip(models, ("messages", Blind()), strict=True):
        await make_brain(model, memory=memory).run(GOAL)

    assert models[0].calls == models[1].calls


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize("net", ["self_refine(rounds=2)", "self_refine(rounds=2, keep='best')"])
async def test_a_run_killed_anywhere_comes_to_the_same_end(net: str, wire: str) -> None:
    store = MemoryStore()

    def make() -> Brain:
        return make_brain(make_model(score(draft_0="7", draft_1="3", draft_2="5")), net, store=store, wire=wire)

    await check_resumes(make, await make().run(GOAL, run_id="r"))


async def test_a_refused_draft_is_written_anew() -> None:
    def judge(text: str, _: object) -> Refuse | None:
        return Refuse("too short") if text == "draft 0" else None

    result = await make_brain(make_model(accept("draft 0")), before_answer=judge).run(GOAL)

    assert result.answer == "asked for"


@pytest.mark.parametrize(
    "spec",
    [
        "self_refine(rounds=0)",
        "self_refine(rounds='two')",
        "self_refine(keep='all')",
        "self_refine(critique_as='system')",
    ],
)
def test_an_option_that_is_none_is_refused(spec: str) -> None:
    with pytest.raises(SetupError, match="wanted"):
        make_brain(ScriptedModel([]), spec)


@pytest.mark.parametrize(
    ("review", "found"),
    [("**Score:** 7", 7.0), ("score = 8.5/10", 8.5), ("Score: 3\nScore: 4", 4.0), ("A score of 7", None), ("", None)],
)
def test_scores_are_read_as_they_are_written(review: str, found: float | None) -> None:
    assert read_score(review) == found


async def test_all_that_was_written_is_in_the_log() -> None:
    result = await make_brain(make_model(accept("draft 1"))).run(GOAL)

    assert [(item.kind, item.state) for item in result.env.log] == [
        (ItemKind.GOAL, ""),
        (ItemKind.THOUGHT, DRAFT),
        (ItemKind.REFLECTION, CRITIQUE),
        (ItemKind.THOUGHT, REFINE),
        (ItemKind.REFLECTION, CRITIQUE),
        (ItemKind.ANSWER, ANSWER),
    ]


async def test_a_server_that_fails_ends_the_run_with_the_draft_kept() -> None:
    broken = ModelError(ModelErrorKind.AUTHENTICATION, "no key")
    result = await make_brain(make_model(broken)).run(GOAL)

    assert result.status is Status.FAILED
    assert result.env.slots["draft"] == "draft 0"


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_its_models_are_not_told_of_tools_that_it_never_calls(wire: str) -> None:
    def search(text: str) -> str:
        """Search."""
        return text

    model = make_model(accept("draft 1"))
    await make_brain(model, tools=[search], wire=wire).run(GOAL)

    assert all("Search." not in message["content"] for call in model.calls for message in call)
    assert not any(model.tools)
