"""An experiment's file: what it may say, and what is told of what it may not."""

import re
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.lab.arms.arm_brains import ArmBrains, make_arms
from agent_brain.lab.digests import describe
from agent_brain.lab.experiment import Contrast, Experiment, Stopping
from agent_brain.lab.experiment_file import read_experiment
from agent_brain.lab.schedule import Schedule

TASKS = '[tasks]\nfile = "tasks.jsonl"\n'
ARMS = '[arms.a]\nnet = "react"\n[arms.b]\nnet = "refact"\n'
GRID = '[grid]\nnet = ["react", "refact"]\nmemory = ["messages", "mask"]\noverlay = ["none", "todo"]\n'


def read(folder: Path, *parts: str) -> Experiment:
    """The experiment that a file with these parts describes, beside a file of two tasks."""
    (folder / "tasks.jsonl").write_text('{"prompt": "1 + 1?", "answer": "2"}\n{"prompt": "2 + 2?", "answer": "4"}\n')
    file = folder / "sums.toml"
    file.write_text("\n".join(parts))
    return read_experiment(file)


def test_all_that_a_file_may_say_is_in_the_experiment(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        'name = "x"\nrepeats = 3\nevaluator = "numeric(0.01)"\nmetric = "passed"\nmargin = 0.05\nalpha = 0.1\nseed = 4',
        'concurrency = 2\nconfirm = 0.5\ncontrasts = ["b - a", ["a", "b"], {arm = "b", control = "a", name = "again"}]',
        TASKS, '[stopping]\nrule = "sequential"\ntasks_min = 5\n[budget]\nusd = 2\ntokens = 100', ARMS,
    )  # fmt: skip

    assert (found.name, found.repeats, found.evaluator, found.metric) == ("x", 3, "numeric(0.01)", "passed")
    assert (found.margin, found.alpha, found.seed, found.concurrency, found.confirm) == (0.05, 0.1, 4, 2, 0.5)
    assert found.stopping == Stopping("sequential", 5)
    assert (found.budget_usd, found.budget_tokens, len(found.tasks)) == (2.0, 100, 2)
    assert list(found.contrasts) == [Contrast("b", "a"), Contrast("a", "b"), Contrast("b", "a", "again")]


def test_a_grid_is_every_combination_named_by_its_levels(tmp_path: Path) -> None:
    found = read(tmp_path, TASKS, GRID, 'exclude = [{ net = "refact", overlay = "todo" }]')

    assert [arm.name for arm in found.arms] == [
        "react/messages", "react/messages+todo", "react/mask", "react/mask+todo", "refact/messages", "refact/mask",
    ]  # fmt: skip
    assert found.arms[3].parts == {"net": "react", "memory": "mask+todo"}
    assert found.arms[3].factors == {"net": "react", "memory": "mask", "overlay": "todo"}


def test_levels_stand_for_parts_and_all_arms_have_what_is_in_base(tmp_path: Path) -> None:
    levels = '[base]\nwire = "native"\n[levels.prompt.terse]\ninstructions = "Be terse."\n[levels.prompt.plain]\n'
    found = read(tmp_path, TASKS, levels, '[grid]\nprompt = ["plain", "terse"]\nlimits = [{ steps = 5 }]')

    assert [dict(arm.parts) for arm in found.arms] == [
        {"wire": "native", "limits": {"steps": 5}},
        {"wire": "native", "limits": {"steps": 5}, "instructions": "Be terse."},
    ]


def test_models_are_named_as_in_the_settings_and_know_their_servers(tmp_path: Path) -> None:
    models = '[models.small]\nmodel = "qwen3"\nbase_url = "http://127.0.0.1:9/v1"\noptions = { temperature = 0.6 }\n'
    found = read(tmp_path, TASKS, models, '[arms.a]\nmodel = "small"\n[arms.b]\nmodel = "offline"')

    assert ArmBrains(found.arms[0], found).servers == ("http://127.0.0.1:9/v1",)
    assert ArmBrains(found.arms[1], found).servers == ("",)


def test_files_are_named_as_seen_from_the_experiments_folder(tmp_path: Path) -> None:
    (tmp_path / "my_tools.py").write_text("def double(x: int) -> int:\n    'Double it.'\n    return 2 * x\n")

    found = read(tmp_path, TASKS, '[arms.a]\ntools = ["my_tools.py", "calculate"]')

    assert found.arms[0].parts["tools"] == [str(tmp_path / "my_tools.py"), "calculate"]


@pytest.mark.parametrize(("parts", "told"), [
    (("repeat = 3", TASKS, ARMS), r"unknown key 'repeat'; did you mean 'repeats'"),
    (("repeats = 'three'", TASKS, ARMS), r"repeats is 'three'; wanted a whole number"),
    (("repeats = true", TASKS, ARMS), r"repeats is True; wanted a whole number"),
    (("alpha = 2", TASKS, ARMS), r"alpha is 2\.0; wanted more than 0"),
    (("metric = 'speed'", TASKS, ARMS), r"metric is 'speed'; wanted score or passed"),
    (("contrasts = ['b - c']", TASKS, ARMS), r"no arm called 'c'.*known: a, b"),
    (("contrasts = ['b']", TASKS, ARMS), r"the contrast 'b' is none; wanted"),
    ((TASKS, "[stopping]\nrules = 'fixed'", ARMS), r"table \[stopping\]: unknown key 'rules'; did you mean 'rule'"),
    ((TASKS, "[stopping]\nrule = 'soon'", ARMS), r"stopping.rule is 'soon'; wanted one of fixed, sequential"),
    ((TASKS, "[budget]\nusd = 0", ARMS), r"budget.usd is 0\.0; wanted more than 0"),
    ((ARMS,), r"table \[tasks\] names none of them; wanted one of world, file"),
    (("[tasks]\nworld = 'keychian'", ARMS), r"no world called 'keychian'; did you mean 'keychain'"),
    (("[tasks]\nfile = 'none.jsonl'", ARMS), r"none\.jsonl"),
    (("[tasks]\nfile = 'tasks.jsonl'\nformat = 'jsonx'", ARMS), r"no format called 'jsonx'; did you mean 'jsonl'"),
    ((TASKS,), r"has no arm; wanted tables \[arms.NAME\]"),
    ((TASKS, "[arms.a]\nnett = 'react'"), r"table \[arms.a\]: unknown key 'nett'; did you mean 'net'"),
    ((TASKS, "[base]\nmemry = 'mask'", ARMS), r"table \[base\]: unknown key 'memry'; did you mean 'memory'"),
    ((TASKS, "[arms.a]\nnet = 'reakt'"), r"1 arm cannot be run: a: no net called 'reakt'; did you mean 'react'"),
    ((TASKS, "[arms.a]\nlimits = { stepps = 3 }"), r"a: no limit called 'stepps'; did you mean 'steps'"),
    ((TASKS, "[grid]\nnet = 'react'"), r"table \[grid\]: net is 'react'; wanted a list of its levels"),
    ((TASKS, "[grid]\nnet = ['react', 'react']"), r"net names a level twice"),
    ((TASKS, "[grid]\ntone = ['kind']"), r"factor 'tone' is no part of an arm, and no table \[levels.tone.kind\]"),
    ((TASKS, GRID, "exclude = [{ net = 'rewoo' }]"), r"no level of net to exclude called 'rewoo'.*known: react"),
    ((TASKS, "[models.m]\nbase_uri = 'x'", ARMS), r"models\.m\.base_uri"),
    ((TASKS, "[arms.a]\nmodel = 'simulated'\n[simulated]\npp = 1"), r"no parameter of the simulated model called 'pp'"),
    (("x = ",), r"sums\.toml is broken TOML"),
])  # fmt: skip
def test_what_makes_no_sense_is_told_with_what_would(tmp_path: Path, parts: tuple[str, ...], told: str) -> None:
    with pytest.raises(SetupError, match=told):
        read(tmp_path, *parts)


NEEDY = '[arms.plain]\nnet = "react"\n[arms.needy]\nnet = "reflexion"\n[arms.odd]\nnet = "rewoo"\n'


def test_arms_that_cannot_be_run_are_all_told_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(
        SetupError, match=r"2 arms cannot be run: needy: .*evaluator.*; odd: .*tool.*skip_refused = true"
    ):
        read(tmp_path, TASKS, NEEDY)


def test_a_reason_that_arms_share_is_told_once(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"3 arms cannot be run: a, c: no tool called 'add'.*; b: no net") as refused:
        read(tmp_path, TASKS, "[arms]\na = { tools = ['add'] }\nb = { net = 'reakt' }\nc = { tools = ['add'] }")

    assert str(refused.value).count("no tool called") == 1


def test_arms_that_cannot_be_run_are_left_out_where_the_file_says_so(tmp_path: Path) -> None:
    found = read(tmp_path, "skip_refused = true", TASKS, NEEDY)

    assert [arm.name for arm in found.arms] == ["plain"]
    assert sorted(found.refused) == ["needy", "odd"]


def test_an_arm_of_a_contrast_is_never_left_out(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="leaves nothing of the contrast needy - plain"):
        read(tmp_path, "skip_refused = true\ncontrasts = ['needy - plain']", TASKS, NEEDY)


def test_a_memory_that_would_learn_in_the_users_own_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="would learn from trial to trial in your own file"):
        read(tmp_path, TASKS, '[arms.a]\nmemory = "messages+episodic"')


def test_what_variables_hold_is_kept_secret_and_no_part_of_what_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "quite-a-secret")
    monkeypatch.setenv("MY_KEY", "another-secret")
    models = '[models.m]\nbase_url = "http://me:a-secret-word@127.0.0.1:9/v1"\napi_key_env = "MY_KEY"\n'
    found = read(tmp_path, TASKS, models, '[arms.a]\nmodel = "m"\nsecrets = ["MY_TOKEN"]')

    brains = ArmBrains(found.arms[0], found)

    assert {"quite-a-secret", "another-secret"} <= brains.make(found.tasks[0], 0, None).secrets
    assert "secret" not in str(brains.config).replace("secrets", "")


@pytest.mark.parametrize("given", [{"name": "a/b"}, {"tasks": []}, {"arms": []}])
def test_what_could_not_be_run_is_no_experiment(tmp_path: Path, given: dict[str, Any]) -> None:
    whole = read(tmp_path, TASKS, ARMS)

    with pytest.raises(SetupError):
        Experiment(**{"name": "x", "tasks": whole.tasks, "arms": whole.arms, **given})


@pytest.mark.parametrize(
    "text",
    ['[models.m]\napi_key = "mine"\n[arms.a]', '[arms.a]\nmodel_options = { api_key = "mine" }'],
    ids=["of-a-model", "in-options"],
)
def test_a_key_is_not_read_from_an_experiments_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(SetupError, match="api_key is not read from a file"):
        read(tmp_path, TASKS, text)


def test_keys_in_headers_and_addresses_are_told_apart_and_not_shown() -> None:
    shown = [
        str(describe({"base_url": f"http://h/v1?key={key}&n=1", "extra_headers": {"X-Api-Key": key, "n": "1"}}))
        for key in ("one-secret", "another-secret")
    ]
    assert "secret" not in "".join(shown)
    assert shown[0] != shown[1]
    assert "n=1" in shown[0]


def test_an_experiment_that_is_moved_is_the_same_and_one_whose_code_is_edited_is_not(tmp_path: Path) -> None:
    names = []
    for folder, body in (("here", "answer == '2'"), ("there", "answer == '2'"), ("edited", "True")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.py").write_text(f"def judge(answer):\n    return {body}\n")
        found = read(
            tmp_path / folder, 'evaluator = "mine.py:judge"', TASKS, '[arms.a]\nnet = "retry"\nevaluator = "task"'
        )
        slot = next(iter(Schedule(found, make_arms(found))))
        names.append((slot.trial_id, slot.right))

    here, there, edited = names
    assert here == there
    assert here[0] != edited[0]
    assert here[1] != edited[1]


def test_an_arm_that_is_told_by_another_evaluator_has_other_trials(tmp_path: Path) -> None:
    arm = '[arms.a]\nnet = "retry"\nevaluator = "task"'
    exact, contains = (read(tmp_path, f'evaluator = "{name}"', TASKS, arm) for name in ("exact", "contains"))

    slots = [next(iter(Schedule(found, make_arms(found)))) for found in (exact, contains)]

    assert slots[0].trial_id != slots[1].trial_id


def test_an_arm_whose_net_the_offline_model_cannot_play_is_refused_with_the_reason(tmp_path: Path) -> None:
    arms = "[base]\nmodel = 'offline'\n[arms.plain]\n[arms.plans]\nnet = 'retry(rewoo, tries=2)'\nevaluator = 'task'\n"

    with pytest.raises(SetupError, match=r"1 arm cannot be run: plans: net 'rewoo' wants more of its model"):
        read(tmp_path, TASKS, arms)


@pytest.mark.parametrize(("arm", "told"), [
    ("net = 'retry'", 'evaluator = "task"'),
    ("net = 'rewoo'\nmodel = 'm'\nbase_url = 'http://localhost:1'", "tools = ["),
    ("net = 'rewoo'", 'model = "NAME", base_url = "..."'),
    ("memory = 'messages+goal'", "choose of: messages, whole,"),
], ids=["evaluator", "tools", "model", "memory"])  # fmt: skip
def test_refused_arms_are_told_in_the_words_of_a_file(tmp_path: Path, arm: str, told: str) -> None:
    with pytest.raises(SetupError, match="1 arm cannot be run") as refused:
        read(tmp_path, TASKS, "[base]\nmodel = 'offline'\n[arms.plain]\n[arms.other]", arm)

    assert told in str(refused.value)
    assert not re.search(r"--\w|Brain\(", str(refused.value))
