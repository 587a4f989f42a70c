"""A report: one page that needs nothing else, and the same as Markdown and as JSON."""

import base64
import hashlib
import json
import random
import re
from dataclasses import replace

import pytest

from agent_brain.lab.analysis.analyse import analyse
from agent_brain.lab.analysis.design import ArmDesign, Design
from agent_brain.lab.report.readings import Reading
from agent_brain.lab.report.writing import Report, write_report
from agent_brain.lab.trial import Trial
from lab.analysis.planting import plan, plant
from lab.report.reading_pages import Page

HOSTILE = (
    '<script>alert(\'x\')</script>" onload="evil()" style="} body{display:none}" $\\frac{1}{2}$ | `x` \u202e\x1b[31m'
)
NETS, MEMORIES = ("react", "refact"), ("messages", "mask", "window")


def _make(hostile: str = "") -> tuple[Design, list[Trial]]:
    """A grid of arms of which the last one's names, tasks and words are hostile where that is wanted."""
    names = {f"{net}/{memory}{hostile}": (net, memory) for net in NETS for memory in MEMORIES}
    arms = tuple(
        ArmDesign(name, {"net": net, "words": hostile}, {"net": net, "memory": f"{memory}{hostile}"}, f"d{place}")
        for place, (name, (net, memory)) in enumerate(names.items())
    )
    trials = plant({name: lambda h, i=i: 0.1 + 0.12 * i + h / 5 for i, name in enumerate(names)}, 25, 3)  # type: ignore[misc]
    design = plan(list(names), 25, 3, source={"name": hostile}, versions={"agent-brain": "0.1.0"})
    rows = [
        replace(trial, task=f"{trial.task}{hostile}", answer=hostile, feedback=hostile, family=hostile,
                drafts=(False, True), error=f"{hostile}: {hostile}", limit=hostile)
        for trial in trials
    ]  # fmt: skip
    return replace(design, arms=arms), rows if hostile else trials


def _report(hostile: str = "") -> Report:
    design, trials = _make(hostile)
    reading = Reading(f"t0 by {hostile}", f"? what\n{hostile}", "run-0", (trials[0].trial_id,))
    return write_report(analyse(design, trials), [reading], {"trials.jsonl": "d1"})


@pytest.fixture(scope="module")
def report() -> Report:
    return _report()


@pytest.fixture(scope="module")
def page(report: Report) -> Page:
    return Page(report.html())


@pytest.fixture(scope="module")
def hostile() -> Report:
    return _report(HOSTILE)


def test_the_page_is_put_together_as_html_wants_it(page: Page) -> None:
    assert page.faults == []


def test_verdicts_stand_first_and_every_section_is_there(page: Page) -> None:
    sections = [part["id"] for part in page.find("h2")]
    assert sections == [
        "verdicts", "cautions", "effects", "cost", "reliability", "factors", "arms", "endings", "tasks", "runs",
        "design", "reproduce", "methods",
    ]  # fmt: skip


def test_the_page_needs_nothing_else_and_its_policy_lets_nothing_in(report: Report, page: Page) -> None:
    policy = next(meta["content"] for meta in page.find("meta") if "http-equiv" in meta)
    style = re.search(r"<style>(.*?)</style>", report.html(), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy.split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]
    assert not any(page.find(tag) for tag in ("script", "img", "link", "iframe", "object", "image", "foreignobject"))
    assert not any({"style", "src", "onload", "xlink:href"} & attributes.keys() for _, attributes in page.tags)
    assert "http" not in style[1]


def test_every_link_leads_to_a_place_of_the_page(page: Page) -> None:
    targets = [attributes["href"] for _, attributes in page.tags if "href" in attributes]
    assert len(targets) > 20
    assert all(target.startswith("#") and target[1:] in page.ids for target in targets)


def test_every_drawing_has_its_words_and_every_table_its_heads(page: Page) -> None:
    drawings = page.find("svg")
    assert len(drawings) == 7
    assert all({drawing["aria-labelledby"], drawing["aria-describedby"]} <= page.ids for drawing in drawings)
    assert all(drawing["role"] == "img" for drawing in drawings)
    assert len(page.find("figcaption")) == len(drawings)
    assert {cell["scope"] for cell in page.find("th")} == {"col", "row"}
    assert all("viewbox" in drawing and "width" not in drawing for drawing in drawings)


def test_colours_of_drawings_are_those_of_the_page_so_that_dark_and_print_reach_them(report: Report) -> None:
    drawn = re.findall(r"<svg.*?</svg>", report.html(), re.DOTALL)
    assert not any(re.search(r"#[0-9a-f]{6}\b", each) for each in drawn)
    assert "#0102" not in report.html()
    assert "prefers-color-scheme: dark" in report.html()
    assert "@media print" in report.html()


def test_what_models_and_tools_wrote_is_shown_and_never_read(hostile: Report) -> None:
    page = Page(hostile.html())
    assert page.faults == []
    assert page.find("script") == []
    assert not any({"style", "onload"} & attributes.keys() for _, attributes in page.tags)
    assert "alert('x')" in page.text()
    assert "display:none" not in page.text("style")
    assert "\x1b" not in hostile.html()
    assert "\u202e" not in hostile.html()


def test_in_markdown_nothing_of_it_is_markup(hostile: Report) -> None:
    text = re.sub(r"^(`{3,})text\n.*?^\1$", "", hostile.markdown(), flags=re.DOTALL | re.MULTILINE)
    outside = re.sub(r"(`+) ?[^\n]*?[^`\n] ?\1(?!`)", "", text)
    assert re.search(r"(?<!\\)<", outside) is None
    assert re.search(r"(?<!\\)\$", outside) is None
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) > 15
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_the_three_forms_say_the_same(report: Report, page: Page) -> None:
    data = json.loads(report.json())
    words, text = page.text(), report.markdown().replace("\\", "")
    for contrast in data["contrasts"]:
        for said in (contrast["name"], contrast["sentence"], f"{contrast['cost_ratio']['value']:.2f}×"):
            assert said in words
            assert said in text
    for arm in data["arms"]:
        shown = f"{arm['score']['value']:.3f}"
        assert shown in words
        assert f"| {arm['name']} | {shown} |" in text


def test_json_holds_every_figure_and_no_number_that_is_none(report: Report) -> None:
    data = json.loads(report.json(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert data["version"] == 1
    assert len(data["rows"]) == 25
    assert data["contrasts"][0]["verdict"] in ("better", "worse", "equivalent", "inconclusive")
    assert data["design"]["arms"][0]["digest"] == "d0"


def test_the_same_rows_in_any_order_give_the_same_bytes(report: Report) -> None:
    design, trials = _make()
    shuffled = random.Random(3).sample(trials, len(trials))
    again = write_report(
        analyse(design, shuffled),
        [Reading("t0 by ", "? what\n", "run-0", (trials[0].trial_id,))],
        {"trials.jsonl": "d1"},
    )
    assert (again.html(), again.markdown(), again.json()) == (report.html(), report.markdown(), report.json())


def test_a_run_that_is_in_the_page_is_linked_and_others_are_commands_to_copy(page: Page) -> None:
    links = [part["href"] for part in page.find("a")]
    assert "#run-0" in links
    assert "agent-brain runs show" in page.text("code")
    assert "--store journal.db" in page.text("code")
    assert "agent-brain diff" in page.text("pre")


def test_a_report_of_one_arm_and_one_task_is_a_report() -> None:
    trials = plant({"a": lambda h: 0.5}, 1)
    page = Page(write_report(analyse(plan(["a"], 1), trials)).html())
    assert page.faults == []
    assert "There is no comparison to be judged" in page.text()


def test_three_factors_are_told_together_and_what_is_not_shown_is_counted() -> None:
    levels = [(net, memory, todo) for net in NETS for memory in (*MEMORIES, "summary") for todo in ("", "todo")]
    names = ("net", "memory", "overlay")
    arms = tuple(ArmDesign("/".join(each), factors=dict(zip(names, each, strict=True))) for each in levels)
    trials = plant({arm.name: lambda h: 0.2 + h / 2 for arm in arms}, 12)
    text = write_report(analyse(replace(plan([arm.name for arm in arms], 12), arms=arms), trials)).markdown()

    assert "### All factors together" in text
    assert "net (react, refact); memory (messages, mask, window, summary); overlay (none, todo)" in text
    assert "| net, memory, overlay | refact with summary with todo | react with messages with none |" in text
    assert "Not shown: 2 smaller grids of two factors." in text
