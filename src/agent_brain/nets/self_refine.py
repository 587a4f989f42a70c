"""Self-Refine: draft, have the draft reviewed, write the next one, until the review accepts it or the rounds are over.

Source: Madaan et al., Self-Refine: Iterative Refinement with Self-Feedback, NeurIPS 2023, arXiv 2303.17651.
"""

from agent_brain.core.items import ItemKind
from agent_brain.core.net import Moves, Net
from agent_brain.core.options import check_choice, check_count
from agent_brain.core.state import END, StateType
from agent_brain.nets.refining import (
    ASKED,
    CRITIQUE,
    DRAFT,
    EARLIER,
    PRESENT,
    REFINE,
    REVIEW,
    ROUNDS,
    CritiquingState,
    DraftingState,
    RefiningState,
)
from agent_brain.nets.toolless import ToollessChoiceState
from agent_brain.nets.words import Words, load_words

MOVES: Moves = {
    DRAFT: {CRITIQUE},
    CRITIQUE: {REFINE, StateType.ANSWER},
    REFINE: {CRITIQUE, StateType.ANSWER},
    StateType.ANSWER: {END},
}
"""Where the best draft is kept, the last one is reviewed too: then REFINE goes to CRITIQUE alone."""


def make_self_refine(words: Words, *, rounds: int = ROUNDS, keep: str = "last", critique_as: str = "user") -> Net:
    """Draft, review, refine: at most 1 + 2R model calls for R rounds; with `keep="best"`, one more review.

    `keep`: which draft is the answer: `last`, or `best` by the scores of the reviews. `critique_as`: whose words the
    reviews are when the next draft is written: those of a `user`, or the model's own turns (`assistant`).
    Raises: SetupError.
    """
    check_count("rounds", rounds)
    check_choice("keep", keep, ("last", "best"))
    check_choice("critique_as", critique_as, ("user", "assistant"))
    is_best_kept, is_own = keep == "best", critique_as == "assistant"
    critique = f"{words['critique']}\n{words['score']}" if is_best_kept else words["critique"]
    return Net(
        name="self_refine",
        states={
            DRAFT: DraftingState(directive=words["draft"], is_best_kept=is_best_kept),
            CRITIQUE: CritiquingState(directive=critique, is_best_kept=is_best_kept, rounds=rounds),
            REFINE: RefiningState(
                directive=words["refine"],
                kinds=ASKED | {ItemKind.REFLECTION} if is_own else ASKED,
                slots=frozenset({PRESENT, EARLIER} if is_own else {PRESENT, EARLIER, REVIEW}),
                is_best_kept=is_best_kept,
                is_review_own=is_own,
                rounds=rounds,
            ),
            StateType.ANSWER: ToollessChoiceState(directive=words["answer"], of=DRAFT),
        },
        moves={**MOVES, REFINE: {CRITIQUE}} if is_best_kept else MOVES,
        start=DRAFT,
        instructions=words["instructions"],
        slots=frozenset({PRESENT, REVIEW, EARLIER}),
    )


self_refine = make_self_refine(load_words("self_refine"))
