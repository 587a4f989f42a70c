"""Game of 24: puzzles that this file makes, and the rule that says whether an expression solves one."""

import ast
import operator
import random
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, combinations_with_replacement
from typing import Any

OPERATORS: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
ASKED = (
    "Use each of the numbers {0}, {1}, {2} and {3} exactly once, with +, -, *, / and brackets, to make 24. "
    "Give the expression alone in the last line."
)
EXPRESSION = re.compile(r"[\d+\-*/() ]*\d[\d+\-*/() ]*")
CHARACTERS_MAX = 80


def make_tasks(count: int = 100, seed: int = 0) -> list[dict[str, Any]]:
    """So many puzzles that have a solution, drawn from all of them by the seed; each is a task of its own."""
    drawn = random.Random(seed)
    found: list[dict[str, Any]] = []
    hands = list(combinations_with_replacement(range(1, 14), 4))
    drawn.shuffle(hands)
    for numbers in hands:
        if len(found) == count:
            break
        if has_solution(numbers):
            found.append({"id": "-".join(map(str, numbers)), "prompt": ASKED.format(*numbers), "numbers": numbers})
    return found


def judge(answer: str, data: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether the last line of an answer makes 24 of the task's numbers; the text is read, never run."""
    lines = [line for line in answer.replace("\u00d7", "*").replace("\u00f7", "/").splitlines() if line.strip()]
    texts = EXPRESSION.findall(lines[-1].split("=")[0]) if lines else []
    text = max(texts, key=len).strip() if texts else ""
    if not text or len(text) > CHARACTERS_MAX:
        return False, "there is no expression in its last line"
    try:
        tree = ast.parse(text, mode="eval")
        value, used = compute(tree.body)
    except (SyntaxError, ValueError, ZeroDivisionError) as error:
        return False, f"{text} cannot be computed: {error}"
    if sorted(used) != sorted(data["numbers"]):
        return False, f"{text} uses {sorted(used)}"
    return value == 24, f"{text} is {value}"


def compute(node: ast.expr) -> tuple[Fraction, list[int]]:
    """What an expression comes to, and the numbers in it. Raises: ValueError; ZeroDivisionError."""
    match node:
        case ast.Constant(value=int() as number):
            return Fraction(number), [number]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            (one, ours), (other, theirs) = compute(left), compute(right)
            return OPERATORS[type(op)](one, other), ours + theirs
    raise ValueError("only numbers, + - * / and brackets count")


def has_solution(numbers: Sequence[Fraction | int]) -> bool:
    """True where 24 can be made of all of them, each used once."""
    if len(numbers) == 1:
        return numbers[0] == 24
    for one, other in combinations(range(len(numbers)), 2):
        rest = [number for place, number in enumerate(numbers) if place not in (one, other)]
        if any(has_solution([*rest, made]) for made in _combine(numbers[one], numbers[other])):
            return True
    return False


def _combine(a: Fraction | int, b: Fraction | int) -> set[Fraction | int]:
    """All that two numbers can make."""
    made = {a + b, a - b, b - a, a * b}
    return made | {Fraction(x) / y for x, y in ((a, b), (b, a)) if y}
