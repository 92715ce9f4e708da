"""The order in which a fair queue gives turns."""

import pytest

from chassis.messaging.fair_queue import MAX_PASSES, FairQueue, Turn


def queue_of(*items: str) -> FairQueue[str]:
    """Return a queue of items that are named after their users: `a1`, `b1`."""
    queue = FairQueue[str]()
    for item in items:
        queue.put(Turn(item[0], item))
    return queue


def taken(queue: FairQueue[str]) -> list[str]:
    return [queue.take().item for _ in range(len(queue))]


def test_users_take_turns_and_the_items_of_one_stay_in_order() -> None:
    queue = queue_of("a1", "a2", "a3", "a4", "b1", "c1", "c2")
    assert taken(queue) == ["a1", "b1", "c1", "a2", "c2", "a3", "a4"]


def test_who_comes_while_an_item_of_another_is_in_progress_is_next() -> None:
    queue = queue_of("a1", "a2", "a3")
    assert queue.take().item == "a1"
    queue.put(Turn("b", "b1"))
    assert taken(queue) == ["b1", "a2", "a3"]


def test_who_was_served_last_and_comes_again_waits_for_the_others() -> None:
    queue = queue_of("a1")
    queue.take()
    queue.put(Turn("a", "a2"))
    queue.put(Turn("b", "b1"))
    assert taken(queue) == ["b1", "a2"]


def test_what_was_put_off_is_taken_after_all_that_waits_and_that_comes_meanwhile() -> None:
    queue = queue_of("a1", "a2", "b1")
    queue.put_off(queue.take())
    queue.put(Turn("c", "c1"))
    assert taken(queue) == ["b1", "c1", "a2", "a1"]


def test_what_was_put_off_does_not_wait_for_ever() -> None:
    queue = queue_of("a1")
    queue.put_off(queue.take())
    order: list[str] = []
    for number in range(2 * MAX_PASSES):
        queue.put(Turn("b", f"b{number}"))
        order.append(queue.take().item)
    assert order.index("a1") == MAX_PASSES


def test_an_empty_queue_has_nothing_to_take() -> None:
    queue = queue_of("a1")
    queue.take()
    with pytest.raises(IndexError):
        queue.take()


def test_items_that_wait_can_be_looked_at() -> None:
    queue = FairQueue[str]()
    for turn in (Turn("a", "1"), Turn("b", "2")):
        queue.put(turn)
    queue.put_off(Turn("a", "3"))
    assert sorted(queue.items()) == ["1", "2", "3"]
