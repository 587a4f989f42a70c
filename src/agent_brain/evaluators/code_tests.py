"""Tests as an evaluator: Python assertions about the code in an answer, in a child process with limits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Score
from agent_brain.tools.child.child import CallEnd, Child, Returned

FEEDBACK_CHARACTERS_MAX = 2_000
SHOWN_MAX = 3
"""How many failures the feedback tells."""
_FENCE = re.compile(r"```[ \t]*(?P<kind>\w*)[^\n]*\n(?P<code>.*?)(?:```|\Z)", re.DOTALL)


@dataclass(frozen=True)
class CodeTests:
    """Runs the code of an answer, and then each test, a line or more of Python, that must not raise.

    It passes where all do; its value is the share that does. The child has limits of time and memory and none of this
    process's variables, but it is no sandbox: what the code does to files and servers is done.
    """

    tests: Sequence[str]
    oracle: bool = False
    """True for tests that an agent at work would not see."""
    name: str = "tests"
    seconds: float = 10.0
    """Of code and tests together."""
    memory_mb: int = 1_024

    def __post_init__(self) -> None:
        if isinstance(self.tests, str) or not self.tests:
            raise SetupError(f"tests is {self.tests!r:.80}; wanted a list: ['assert add(1, 2) == 3']")
        for test in self.tests:
            try:
                compile(test, "<test>", "exec")
            except (SyntaxError, ValueError) as error:
                raise SetupError(f"the test {test!r:.80} is no Python: {error}") from None
        object.__setattr__(self, "tests", tuple(self.tests))

    async def judge(self, question: str, answer: str) -> Score:
        """What the tests say of the answer's code."""
        source = (files("agent_brain.evaluators") / "code_driver.py").read_text("utf-8")
        about = {"code": find_code(answer), "tests": list(self.tests)}
        async with Child(self.seconds, memory_mb=self.memory_mb) as child:
            returned = await child.call(source, "run_tests", about)
        match returned:
            case Returned(CallEnd.OUT_OF_TIME):
                return Score(False, feedback=f"the code and its tests did not end within {self.seconds:g} s")
            case Returned(CallEnd.DONE, list() as failures):
                return self._score([(place, why) for place, why in failures])
        code = returned.code or 0
        why = f"signal {-code}" if code < 0 else f"exit status {code}"
        return Score(False, feedback=f"the code ended the process it was tested in ({why})")

    def _score(self, failures: list[tuple[int, str]]) -> Score:
        """`failures`: of each test that failed its place, -1 for the code itself, and what was raised."""
        if failures and failures[0][0] < 0:
            return Score(False, feedback=f"the code cannot be run: {failures[0][1]}"[:FEEDBACK_CHARACTERS_MAX])
        told = [f"{self.tests[place]}: {why}" for place, why in failures[:SHOWN_MAX]]
        share = 1 - len(failures) / len(self.tests)
        feedback = f"{len(failures)} of {len(self.tests)} tests fail:\n" + "\n".join(told) if failures else ""
        return Score(not failures, share, feedback[:FEEDBACK_CHARACTERS_MAX])


def find_code(answer: str) -> str:
    """The code in an answer: all its fenced Python, else its fenced blocks without a name, else the whole text."""
    blocks = [(match["kind"].casefold(), match["code"]) for match in _FENCE.finditer(answer)]
    for wanted in (("python", "py", "python3"), ("",)):
        found = [code for kind, code in blocks if kind in wanted]
        if found:
            return "\n".join(found)
    return answer
