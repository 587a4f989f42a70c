"""A search's tree: bounds, equal steps, rewards, what is closed, and the board."""

from dataclasses import asdict
from math import inf, log, sqrt

import pytest

from agent_brain.core.memory_env import MemoryEnv
from agent_brain.nets.search_tree import Node, Search, find_bound, find_search


def make_search(*parents: int) -> Search:
    """A tree by the parents of its nodes behind the root, each of which was visited once."""
    nodes = [Node(place, parent, key=str(place), visits=1) for place, parent in enumerate(parents, 1)]
    return Search(0, [Node(0, visits=1), *nodes])


def test_the_authors_code_divides_the_mean_twice_and_this_divides_a_total_once() -> None:
    node = Node(1, 0, total=3.0, visits=4)
    assert node.mean == 0.75
    assert find_bound(node, 8, 1.0) == pytest.approx(0.75 + sqrt(log(8) / 4))
    assert find_bound(Node(1), 8, 1.0) == inf


def test_a_step_that_was_good_often_keeps_its_mean_however_often_it_is_visited() -> None:
    search = make_search(0)
    search.nodes[1].total, search.at = 1.0, 1
    for _ in range(9):
        search.reward(1.0)
    assert (search.nodes[1].mean, search.nodes[1].visits, search.nodes[0].visits) == (1.0, 10, 10)


def test_it_goes_to_what_was_good_and_with_more_weight_to_what_was_seldom_visited() -> None:
    search = make_search(0, 0)
    good, seldom = search.nodes[1:]
    search.nodes[0].visits, good.visits, good.total, seldom.total = 10, 9, 8.1, 0.1
    search.select(0.1)
    assert search.at == good.place
    search.select(1.0)
    assert search.at == seldom.place


def test_of_equal_bounds_the_first_is_taken_down_to_a_leaf() -> None:
    search = make_search(0, 0, 1, 1)
    search.select(1.0)
    assert [node.place for node in search.find_path()] == [1, 3]


def test_the_same_step_from_the_same_place_is_one_node() -> None:
    search = Search(0)
    first, same, other = (search.add(Node(-1, key=key)) for key in ("a", "a", "b"))
    search.at = first.place
    below = search.add(Node(-1, key="a"))
    assert first is same
    assert (first.drawn, other.drawn, below.place, below.parent) == (2, 1, 3, 1)


def test_what_is_closed_is_not_selected_and_closes_what_has_nothing_else_below() -> None:
    search = make_search(0, 0, 1, 1)
    search.at = 3
    assert [node.place for node in search.close()] == [3]
    search.select(1.0)
    assert search.at == 4
    assert [node.place for node in search.close()] == [4, 1]
    search.at = 2
    assert [node.place for node in search.close()] == [2, 0]


def test_a_search_is_kept_whole_and_another_question_begins_a_new_one() -> None:
    env = MemoryEnv.begin("r", "lats", "", "select", "Why?")
    search = find_search(env)
    search.add(Node(-1, step="Thought: a", key="a", actions=[{"name": "put", "args": {"book": "Emma"}}]))
    search.at, search.branches, search.is_walking, search.reached = 1, 2, True, 3
    search.keep(env, search.nodes)
    assert asdict(find_search(env)) == asdict(search)
    search.question = 7
    search.keep(env)
    assert asdict(find_search(env)) == asdict(Search(0))
