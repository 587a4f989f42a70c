"""Files of questions and worked solutions, whose last line is the answer: GSM8K and what is written like it.

Cobbe et al., Training Verifiers to Solve Math Word Problems, 2021, arXiv 2110.14168.
"""

from pathlib import Path

from agent_brain.core.errors import SetupError
from agent_brain.evaluators.of_task import read_number
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.files import read_rows

MARK = "####"
"""What stands before the answer, behind the solution."""


def read_questions(path: str, instruction: str = "", mark: str = MARK) -> list[Task]:
    """JSON lines with question and answer, as GSM8K has them: what stands behind `####` is the right one."""
    if not mark:
        raise SetupError("mark is empty; wanted what stands before the answer, such as '####'")
    stem = Path(path).name.partition(".")[0]
    tasks = []
    for number, (where, row) in enumerate(read_rows(path), 1):
        question, solution = row.get("question"), row.get("answer")
        if not isinstance(question, str) or not isinstance(solution, str) or mark not in solution:
            raise SetupError(f"{where}: wanted a question, and an answer that ends with {mark} and the right one")
        worked, _, right = solution.rpartition(mark)
        if not question.strip() or not right.strip():
            raise SetupError(f"{where}: {'nothing stands behind ' + mark if question.strip() else 'it asks nothing'}")
        known = {key: value for key, value in row.items() if key not in ("question", "answer")}
        asked = f"{question.strip()}\n\n{instruction}" if instruction else question.strip()
        evaluator = "exact" if read_number(right) is None else "numeric"
        tasks.append(
            Task(
                f"{stem}-{number}",
                (asked,),
                right.strip(),
                evaluator=evaluator,
                data=known | {"solution": worked.strip()},
            )
        )
    return tasks
