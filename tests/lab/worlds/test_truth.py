"""The truth of KeyChain that is kept is what runs come to, and what the page tells."""

import math
from pathlib import Path

import pytest

from agent_brain.lab.worlds.keychain import DOORS, SPARE_STEPS
from agent_brain.lab.worlds.truth import ARMS, HEAD, Truth, main, measure, read_truth, write_truth

PAGE = (Path(__file__).parents[3] / "docs" / "lab-truth.md").read_text(encoding="utf-8")
KEPT = read_truth()


def test_every_arm_of_the_table_is_kept_and_told() -> None:
    assert tuple(KEPT) == ARMS
    assert HEAD in PAGE
    assert [truth.name for truth in KEPT.values() if truth.show() not in PAGE] == []


@pytest.mark.parametrize("arm", [("react", "messages"), ("refact", "window(8)")])
def test_what_is_kept_is_what_runs_come_to(arm: tuple[str, str]) -> None:
    [truth] = measure(60, seed=1, processes=1, arms=[arm])

    kept = KEPT[arm]
    for name in ("success", "calls", "tokens"):
        error = math.hypot(getattr(truth, f"{name}_se"), getattr(kept, f"{name}_se"))
        assert abs(getattr(truth, name) - getattr(kept, name)) <= 3 * error, name


def test_arms_differ_as_clearly_as_the_page_says() -> None:
    def find_sign(net: str, memory: str) -> int:
        truth = KEPT[net, memory]
        return round(math.copysign(1, truth.difference)) if abs(truth.difference) > 3 * truth.difference_se else 0

    assert {find_sign("refact", memory) for memory in ("messages", "mask(3)", "summary(tokens=3000)")} == {1}
    assert [find_sign("react", memory) for memory in ("messages+todo", "summary(tokens=3000)")] == [1, 1]
    assert [find_sign(net, "window(8)") for net in ("react", "refact")] == [-1, -1]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    truth = Truth("react", "mask(3)", 0.5, 0.01, 10.2, 0.1, 15000.0, 90.0, -0.1, 0.02)
    file = tmp_path / "truth.toml"

    write_truth([truth], {"count": 3, "doors": DOORS, "steps": DOORS + SPARE_STEPS}, file)

    assert read_truth(file) == {("react", "mask(3)"): truth}


def test_the_command_prints_what_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--kept"])

    assert capsys.readouterr().out.splitlines() == [HEAD, *(truth.show() for truth in KEPT.values())]
