"""The order and the names of trials: drawn by the seed, and moved by nothing that is added."""

from dataclasses import replace

from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.schedule import Schedule
from lab.sums import make_experiment, make_tasks


def schedule(experiment: Experiment) -> Schedule:
    return Schedule(experiment, make_arms(experiment))


def test_tasks_are_shuffled_by_the_seed_and_arms_within_each_task() -> None:
    slots = list(schedule(make_experiment(30)))
    others = list(schedule(make_experiment(30, seed=1)))

    order = [slot.task.task_id for slot in slots[::2]]
    assert order != [task.task_id for task in make_tasks(30)] != [slot.task.task_id for slot in others[::2]]
    assert {slot.arm for slot in slots[::2]} == {"plain", "brief"}
    assert all(one.task is other.task for one, other in zip(slots[::2], slots[1::2], strict=True))


def test_more_tasks_and_repeats_leave_the_names_of_the_others_and_their_order() -> None:
    few = [slot.trial_id for slot in schedule(make_experiment(5))]

    many = [slot.trial_id for slot in schedule(make_experiment(9, repeats=2))]

    assert [name for name in many if name in set(few)] == few
    assert len(set(many)) == 36


def test_another_seed_or_name_names_all_trials_anew() -> None:
    names = [
        {slot.trial_id for slot in schedule(each)}
        for each in (make_experiment(3), make_experiment(3, seed=1), make_experiment(3, name="other"))
    ]

    assert len(set.union(*names)) == 18


def test_families_are_never_parted_and_further_tasks_move_none_to_another_split() -> None:
    tasks = [replace(task, family=f"f{number // 3}") for number, task in enumerate(make_tasks(60))]
    few = schedule(make_experiment(tasks[:30], confirm=0.5)).splits

    many = schedule(make_experiment(tasks, confirm=0.5)).splits

    assert {task: many[task] for task in few} == few
    assert set(many.values()) == {"selection", "confirmation"}
    assert all(len({many[task.task_id] for task in tasks[start : start + 3]}) == 1 for start in range(0, 60, 3))
