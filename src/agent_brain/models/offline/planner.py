"""From a question to a plan: clauses are cut off one by one, each read by the user's tools or the phrase tables."""

from collections.abc import Iterator, Sequence

from agent_brain.models.offline.grammar import Grammar
from agent_brain.models.offline.named_tools import NamedTools
from agent_brain.models.offline.plan import (
    Call,
    Literal,
    Node,
    Plan,
    Reference,
    Step,
    children_of,
    is_number,
    is_plain_value,
    refers_to,
)
from agent_brain.models.offline.template import Layout
from agent_brain.models.offline.tokens import Kind, Token, tokenize
from agent_brain.models.offline.transcript import Card
from agent_brain.models.offline.vocabulary import CARDINALS, split_words
from agent_brain.models.offline.word_lists import GREEDY

QUESTION_CHARACTERS_MAX = 2_000
TOKENS_MAX = 300
STEPS_MAX = 24
CLAUSES_MAX = 120
"""Clauses that are tried for one question, read or not."""

_FRAME_TEXT = (
    "what is|what are|what was|what were|what will be|what would be|what does|what do you get when you|"
    "how much is|how much are|compute|calculate|evaluate|work out|find out|find|determine|tell me|give me|show me|"
    "please|can you|could you|would you|will you|i want to know|i would like to know|let me know|also|so|and|but|"
    "ok|okay|hi|hello|hey|say|print|display|take|start with|value of|result of|just|exactly|finally|a|an|if you|do|"
    "is it|what|now|next"
)
_FRAMES = tuple(tuple(frame.split()) for frame in _FRAME_TEXT.split("|"))
"""What stands before a question and says nothing of it."""
_CONDITIONS = ("if ", "suppose", "assum", "given", "let ", "when ", "imagine")
"""Heads of clauses that change what the rest means: where one is not understood, nothing is."""
_TAILS = frozenset({"?", ".", "!", ",", "=", ":", "equal", "equals", "please", "exactly", "altogether", "and", "then"})
_STOPS = frozenset({".", "?", ";"})
_CLEAN = frozenset(".,;:?!()[]{}=-")
"""Signs that say nothing where they stand alone."""
_ASKING = frozenset(
    split_words("""
    what who whom whose which when where why how is are was were does do did can could tell give show say explain write
    find
    """)
)
"""A clause that is not known holds one of these; what holds none is half of another clause."""
_COURTESIES = frozenset(
    split_words("thanks thank you very much please cheers hi hello hey there bye great cool ok okay well nice good")
)
_TURNS = frozenset({"then", "finally", "afterwards", "afterward"})


def make_plan(question: str, cards: Sequence[Card], earlier: Sequence[Node] = ()) -> Plan:
    """The steps of a question; `earlier` are the values of this conversation's earlier questions."""
    text = question[:QUESTION_CHARACTERS_MAX]
    tokens = tokenize(text)
    is_cut = len(question) > len(text) or len(tokens) > TOKENS_MAX
    planner = _Planner(text, tokens[:TOKENS_MAX], cards, tuple(earlier))
    segments = list(_cut_segments(tokens[:TOKENS_MAX]))
    for start, end in segments[:-1] if is_cut else segments:
        planner.read_segment(start, end)
    steps = planner.steps
    if any(step.node is None and _spoils_the_rest(step.text) for step in steps):
        steps = [Step(" ".join(text.split()), None)]
    return Plan(tuple(steps), is_cut)


class _Planner:
    """Collects the steps of one question."""

    def __init__(self, text: str, tokens: Sequence[Token], cards: Sequence[Card], earlier: tuple[Node, ...]) -> None:
        self._text, self._tokens, self._earlier = text, tokens, earlier
        self._layout = Layout(tokens)
        self._grammar = Grammar(text, frozenset(card.name for card in cards), self._layout)
        self._tools = NamedTools(cards, self._grammar)
        self._clauses = 0
        self.steps: list[Step] = []

    def read_segment(self, start: int, end: int) -> None:
        """Read the longest clause at the head that makes sense, then the rest."""
        if all(token.value in _COURTESIES or token.value in _CLEAN for token in self._tokens[start:end]):
            return
        first = len(self.steps)
        self._read_clauses(start, end)
        self._drop_idle_values(first)

    def _drop_idle_values(self, first: int) -> None:
        """A value that stands alone, with nothing done to it, is no answer."""
        for place in range(first, len(self.steps)):
            step = self.steps[place]
            is_used = any(later.node is not None and refers_to(later.node, place) for later in self.steps[place + 1 :])
            if step.node is not None and is_plain_value(step.node) and not is_used:
                self.steps[place] = Step(step.text, None)

    def _read_clauses(self, start: int, end: int) -> None:
        while start < end and len(self.steps) < STEPS_MAX:
            start = self._skip(start, end)
            if start >= end:
                return
            cuts = [end, *(cut for cut in range(end - 1, start, -1) if self._is_joint(start, cut))]
            for cut in cuts:
                node = self._read_clause(start, cut)
                if node is not None:
                    break
            else:
                cut, node = cuts[-1], None
            self._add(start, cut, node)
            start = cut

    def _add(self, start: int, end: int, node: Node | None) -> None:
        last = end - 1
        while last > start and self._tokens[last].value in (",", ".", "?", "and"):
            last -= 1
        text = " ".join(self._text[self._tokens[start].start : self._tokens[last].end].split())
        follows_unknown = bool(self.steps) and self.steps[-1].node is None
        if follows_unknown and isinstance(node, Literal):
            node = None
        if node is None and follows_unknown:
            text = f"{self.steps.pop().text} {text}"
        if node is not None or any(
            token.kind is not Kind.SIGN or token.value not in _CLEAN for token in self._tokens[start:end]
        ):
            self.steps.append(Step(text, node))

    def _read_clause(self, start: int, end: int) -> Node | None:
        self._clauses += 1
        if self._clauses > CLAUSES_MAX:
            return None
        self._set_context()
        while end > start and self._is_tail(end - 1):
            end -= 1
        if start >= end:
            return None
        node = self._tools.read_explicit(start, end) or self._tools.read_by_name(start, end)
        node = node or self._read_framed(start, end) or self._tools.read_by_description(start, end)
        return None if node is not None and self._turns_count(node, is_alone=end - start == 1) else node

    def _turns_count(self, node: Node, *, is_alone: bool) -> bool:
        """`reverse it` after a count of letters may go with the text, and so may a lone `reversed` after any number."""
        sources = [child.step for child in children_of(node) if isinstance(child, Reference)]
        nodes = [self.steps[step].node for step in sources]
        counts = [is_number(source) and (is_alone or isinstance(source, Call)) for source in nodes]
        return isinstance(node, Call) and not is_number(node) and any(counts)

    def _read_framed(self, start: int, end: int) -> Node | None:
        """Try the clause as it stands, then without `please`, `what is`, `tell me`, one after the other."""
        while start < end:
            node = self._grammar.read(start, end, "a")
            if node is not None and not (
                isinstance(node, Reference) and self._tokens[start].kind is Kind.WORD and end - start == 1
            ):
                return node
            start = next((start + len(frame) for frame in _FRAMES if self._starts_with(start, end, frame)), end)
            if start < end:
                node = self._tools.read_explicit(start, end)
                if node is not None:
                    return node
        return None

    def _set_context(self) -> None:
        """What `it` means; after a clause that was not understood, nothing."""
        if self.steps and self.steps[-1].node is None:
            self._grammar.begin_step((), 0)
            return
        own = tuple(Reference(place) for place, step in enumerate(self.steps) if step.node is not None)
        self._grammar.begin_step((*self._earlier, *own), len(own))

    def _starts_with(self, start: int, end: int, frame: tuple[str, ...]) -> bool:
        return start + len(frame) <= end and all(
            self._tokens[start + place].value == word and self._tokens[start + place].kind in (Kind.WORD, Kind.SIGN)
            for place, word in enumerate(frame)
        )

    def _is_joint(self, start: int, place: int) -> bool:
        """`and` parts two clauses, but not the numbers of a list."""
        follow = self._tokens[self._skip(place, len(self._tokens) - 1)]
        is_list = follow.kind is Kind.NUMBER and any(token.value in GREEDY for token in self._tokens[start:place])
        token = self._tokens[place]
        return token.value in ("and", ",", "but") and token.kind in (Kind.WORD, Kind.SIGN) and not is_list

    def _is_tail(self, place: int) -> bool:
        token = self._tokens[place]
        return token.value in _TAILS and token.kind in (Kind.SIGN, Kind.WORD) and not is_factorial(self._tokens, place)

    def _skip(self, start: int, end: int) -> int:
        while (
            start < end
            and self._tokens[start].value in ("and", ",", ":", "but", "!")
            and self._tokens[start].kind is not Kind.QUOTE
        ):
            start += 1
        return start


def _spoils_the_rest(text: str) -> bool:
    """True for a condition, and for half of a clause: what the other half gives is no answer."""
    words = set(text.lower().split())
    has_number = any(letter.isdigit() for letter in text) or not words.isdisjoint(CARDINALS)
    is_half = _ASKING.isdisjoint(words) or not words.isdisjoint(GREEDY)
    return text.lower().startswith(_CONDITIONS) or is_half or has_number


def _cut_segments(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Sentences, and within them what `then` and `;` part."""
    start = 0
    for place in range(len(tokens)):
        if _is_stop(tokens, place):
            if place > start:
                yield start, place
            start = place + 1
    if start < len(tokens):
        yield start, len(tokens)


def _is_stop(tokens: Sequence[Token], place: int) -> bool:
    token = tokens[place]
    if token.kind is Kind.WORD:
        return token.value in _TURNS
    return token.kind is Kind.SIGN and (
        token.value in _STOPS or (token.value == "!" and not is_factorial(tokens, place))
    )


def is_factorial(tokens: Sequence[Token], place: int) -> bool:
    """True for the sign of `5!`: it stands close behind a number."""
    before = tokens[place - 1] if place else None
    return (
        tokens[place].value == "!"
        and before is not None
        and before.end == tokens[place].start
        and before.kind is Kind.NUMBER
    )
