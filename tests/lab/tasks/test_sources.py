"""Tasks from the files of users."""

import gzip
import itertools
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.lab.judging import make_task_evaluator
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.files import read_rows
from agent_brain.lab.tasks.sources import TASK_SOURCES, describe_sources, read_tasks

BOTH = [
    Task("one", ("What is 2 + 2?",), "4", family="sums", evaluator="numeric", data={"level": "easy"}),
    Task("two", ("A city?", "Its river?"), "Seine", tools=("web.py", "clock"), split="training"),
]
FILES = {
    "both.jsonl": """
{"task_id": "one", "prompt": "What is 2 + 2?", "answer": "4", "family": "sums", "evaluator": "numeric", "level": "easy"}

{"id": "two", "turns": ["A city?", "Its river?"], "answer": "Seine", "tools": ["web.py", "clock"], "split": "training"}
""",
    "both.toml": """
[[tasks]]
task_id = "one"
prompt = "What is 2 + 2?"
answer = "4"
family = "sums"
evaluator = "numeric"
data = {level = "easy"}

[[tasks]]
id = "two"
turns = ["A city?", "Its river?"]
answer = "Seine"
tools = ["web.py", "clock"]
split = "training"
""",
    "both.csv": '''task_id,question,answer,family,evaluator,tools,split,level
one,What is 2 + 2?,4,sums,numeric,,,easy
two,"[""A city?"", ""Its river?""]",Seine,,,"[""web.py"", ""clock""]",training,
''',
    "both.py": '''
def make(level="easy"):
    yield {"task_id": "one", "prompt": "What is 2 + 2?", "answer": "4", "family": "sums", "evaluator": "numeric",
           "level": level}
    from agent_brain.lab.task import Task
    yield Task("two", ("A city?", "Its river?"), "Seine", tools=("web.py", "clock"), split="training")
''',
}  # fmt: skip


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text)
    return file


@pytest.mark.parametrize("name", FILES)
def test_every_form_of_a_users_own_gives_the_same_tasks(tmp_path: Path, name: str) -> None:
    file = write(tmp_path, name, FILES[name])
    assert read_tasks(f"{file}:make" if name.endswith(".py") else file) == BOTH


def test_a_packed_file_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "both.jsonl.gz").write_bytes(gzip.compress(FILES["both.jsonl"].encode()))
    assert read_tasks(tmp_path / "both.jsonl.gz", "jsonl") == BOTH


def test_options_are_those_of_the_source_and_some_that_all_have(tmp_path: Path) -> None:
    file = write(tmp_path, "both.py", FILES["both.py"])
    (task,) = read_tasks(f"{file}:make", count=1, evaluator="exact", level="hard")
    assert (task.evaluator, task.data) == ("exact", {"level": "hard"})
    with pytest.raises(SetupError, match="colour"):
        read_tasks(write(tmp_path, "both.jsonl", FILES["both.jsonl"]), colour="red")


def test_a_task_without_a_name_is_named_by_its_file_and_place(tmp_path: Path) -> None:
    found = read_tasks(write(tmp_path, "mine.jsonl", '{"prompt": "a"}\n{"prompt": "b"}\n'))
    assert [task.task_id for task in found] == ["mine-1", "mine-2"]


def test_days_and_times_of_a_toml_file_are_texts(tmp_path: Path) -> None:
    (task,) = read_tasks(
        write(tmp_path, "a.toml", '[[tasks]]\nprompt = "When?"\nanswer = 2024-03-12\nat = [07:30:00]\n')
    )
    assert (task.answer, task.data) == ("2024-03-12", {"at": ["07:30:00"]})


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.jsonl", '{"prompt": "p"}\n{"prompt": }', "a.jsonl, line 2: .* is no JSON"),
        ("a.jsonl", "\n[1]", "a.jsonl, line 2: .* is no JSON object"),
        ("a.jsonl", '{"prompt": 3}', "a.jsonl, line 1: the prompt is 3; wanted a text, or a list of turns"),
        ("a.jsonl", '{"turns": ["a", " "]}', "a.jsonl, line 1: the prompt is"),
        ("a.jsonl", '{"answer": 3}', "there is no prompt, and no turns; found: answer; wanted prompt, question"),
        ("a.jsonl", '{"prompt": "a", "question": "b"}', "line 1: question says again what another field says"),
        ("a.jsonl", '{"prompt": "a", "family": 3}', "line 1: family is 3; wanted a text"),
        ("a.jsonl", '{"prompt": "a", "tools": "web"}', "line 1: tools is 'web'; wanted a list of their names"),
        ("a.jsonl", '{"prompt": "a", "data": 3}', "line 1: data is 3; wanted an object"),
        ("a.jsonl", '{"id": "x", "prompt": "a"}\n' * 2, "two tasks are called 'x', number 1 and number 2 in it"),
        ("a.jsonl", "\n", "there is no task in it"),
        ("a.toml", "[[tasks]]\nprompt = 'a'\n\n[[tasks]]\nprompt = 1", "a.toml, line 4: the prompt is 1"),
        ("a.toml", "[tasks]\nprompt = 'a'", "has tasks; wanted a table"),
        ("a.toml", "tasks = ", "a.toml is no TOML"),
        ("a.csv", "prompt,answer\na,b,c\n", "a.csv, line 2: 3 values; wanted 2"),
        ("a.csv", 'prompt,answer\n"a\nb",c\nd\n', "a.csv, line 4: 1 values; wanted 2"),
        ("a.csv", "prompt,prompt\na,b\n", "line 1: prompt is the name of two columns"),
        ("a.csv", 'prompt,data\na,"{"\n', "line 2: data: '{' is no JSON"),
        ("a.csv", 'prompt\n"a', "line 2: unexpected end of data"),
        ("a.jsonl", '{"prompt": "a"}\n{"prompt": "b", "answer"', "a.jsonl, line 2: .* is no JSON"),
        ("a.jsonl", '{"prompt": "a", "answer": NaN}', "line 1: .* is no JSON: NaN is no number in JSON"),
        ("a.jsonl", '{"prompt": "a", "answer": 1e999}', "line 1: .* is no JSON: 1e999 is larger than any number"),
        ("a.jsonl", '{"prompt": "a", "answer": ' + "9" * 5000 + "}", "line 1: .* is no JSON: Exceeds the limit"),
        ("a.jsonl", '{"prompt": "a", "answer": ' + "[" * 100_000, "line 1: .* is no JSON: maximum recursion depth"),
        ("a.jsonl", '{"id": "x", "id": "y", "prompt": "a"}', "line 1: .* is no JSON: 'id' stands twice in one object"),
        ("a.jsonl", '{"prompt": "\\ud800"}', "line 1: it holds half of a character"),
        ("a.jsonl", '{"id": true, "prompt": "a"}', "line 1: task_id is True; wanted a text"),
        ("a.jsonl", '{"prompt": "a", "tools_from": {"f": 0}}', "line 1: tools_from is {'f': 0}; wanted tools' names"),
        ("a.jsonl", '{"user": "Be Ann.", "prompt": "a"}', "line 1: it has a user and a prompt; wanted one of them"),
        ("a.jsonl", '{"user": "Be Ann."}', "line 1: nobody plays its user; wanted user = 'MODEL'"),
        ("a.toml", "[[tasks]]\nprompt = 'a'\nanswer = nan", "a.toml, line 1: it holds nan; wanted a number that JSON"),
        ("a.toml", f"[[tasks]]\nprompt = {'9' * 5000}", "a.toml is no TOML: Exceeds the limit"),
        ("a.csv", f"prompt,answer\n{'a' * 200_000},b\n", "a.csv, line 2: field larger than field limit"),
        ("a.txt", "", "cannot be told from its name; wanted one that ends in .jsonl, .toml, .csv, .py, or a format"),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_file_and_line(tmp_path: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(SetupError, match=told):
        read_tasks(write(tmp_path, name, text))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def make(): return 3", "gave 3; wanted a list of tasks"),
        ("def make(): return [3]", "task 1 is 3; wanted a Task"),
        ("def make(): return [{}]", "task 1: there is no prompt"),
        ("def make(): raise KeyError('x')", "failed: KeyError: 'x'"),
        ("made = 3", "has no 'make'"),
    ],
)
def test_a_function_that_gives_no_tasks_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SetupError, match=told):
        read_tasks(f"{write(tmp_path, 'mine.py', text)}:make")


@pytest.mark.parametrize("name", ["both.jsonl", "both.toml", "both.csv"])
def test_a_mark_of_the_order_of_bytes_and_the_line_ends_of_windows_are_read_over(tmp_path: Path, name: str) -> None:
    text = FILES[name] if name.endswith(".csv") else FILES[name].lstrip("\n")
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert read_tasks(tmp_path / name) == BOTH


def test_a_file_that_is_cut_or_mangled_is_told_with_the_line_where_that_is(tmp_path: Path) -> None:
    (tmp_path / "odd.jsonl").write_bytes(b'{"prompt": "a"}\n{"prompt": "\xff"}\n')
    with pytest.raises(SetupError, match=r"odd.jsonl, line 2: wanted text in UTF-8; .*position 12"):
        read_tasks(tmp_path / "odd.jsonl")
    packed = gzip.compress(FILES["both.jsonl"].encode() * 50)
    for data in (packed[:-20], packed[:40] + b"\xff" * 40 + packed[80:]):
        (tmp_path / "odd.jsonl.gz").write_bytes(data)
        with pytest.raises(SetupError, match=r"odd.jsonl.gz cannot be read: "):
            read_tasks(tmp_path / "odd.jsonl.gz", "jsonl")


def test_rows_are_read_a_line_at_a_time(tmp_path: Path) -> None:
    file = write(tmp_path, "many.jsonl", '{"prompt": "a"}\n{"prompt": }')
    rows = read_rows(file)
    assert next(rows) == (f"{file}, line 1", {"prompt": "a"})
    with pytest.raises(SetupError, match="line 2"):
        next(rows)


def test_files_that_are_not_there_or_no_text_are_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="there is no such file"):
        read_tasks(tmp_path / "none.jsonl")
    (tmp_path / "odd.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SetupError, match="wanted text in UTF-8"):
        read_tasks(tmp_path / "odd.jsonl")
    (tmp_path / "odd.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(SetupError, match="cannot be read"):
        read_tasks(tmp_path / "odd.jsonl.gz", "jsonl")


def test_an_unknown_format_is_told_with_those_that_there_are() -> None:
    with pytest.raises(UnknownName, match="did you mean 'toolhop'"):
        read_tasks("x", "toolhopp")
    told = describe_sources()
    assert told.keys() >= TASK_SOURCES.keys()
    assert all(told.values())


SOLVED = """{"question": "Two and two?", "answer": "2 + 2 = <<2+2=4>>4\\n#### 4"}
{"question": "How many?", "answer": "Many.\\n#### 1,250"}
{"question": "Where?", "answer": "In Paris.\\n#### Paris", "level": 3}
"""


@pytest.mark.parametrize(
    ("place", "answers"), [(0, {"It is 4.": True, "5": False}), (1, {"So 1250": True}), (2, {"paris": True})]
)
async def test_questions_with_worked_solutions_are_judged_by_what_stands_behind_the_mark(
    tmp_path: Path, place: int, answers: dict[str, Any]
) -> None:
    task = read_tasks(write(tmp_path, "test.jsonl", SOLVED), "questions", instruction="Think first.")[place]
    evaluator = make_task_evaluator("contains", task)
    for answer, passed in answers.items():
        assert (await evaluator.judge(task.prompt, answer)).passed is passed
    assert task.prompt.endswith("?\n\nThink first.")
    assert "####" not in task.data["solution"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('{"question": "?", "answer": "4"}', "line 1: wanted a question, and an answer that ends with #### and the"),
        ('{"question": ["?"], "answer": "#### 4"}', "line 1: wanted a question, and an answer that ends with ####"),
        ('{"question": "?", "answer": "4 #### "}', "line 1: nothing stands behind ####"),
        ('{"question": " ", "answer": "#### 4"}', "line 1: it asks nothing"),
    ],
)
def test_a_question_without_a_marked_answer_is_told(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(SetupError, match=told):
        read_tasks(write(tmp_path, "test.jsonl", row), "questions")


def test_what_is_no_number_behind_the_mark_is_compared_as_it_is(tmp_path: Path) -> None:
    (task,) = read_tasks(write(tmp_path, "test.jsonl", '{"question": "Who?", "answer": "#### Nan"}'), "questions")
    assert (task.answer, task.evaluator) == ("Nan", "exact")
