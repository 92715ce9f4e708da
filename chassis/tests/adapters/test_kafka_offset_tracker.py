from chassis.adapters.kafka.offset_tracker import OffsetTracker


def handed_out(*offsets: int) -> OffsetTracker:
    tracker = OffsetTracker()
    for offset in offsets:
        assert tracker.hand_out(offset)
    return tracker


def test_the_first_unfinished_offset_is_committable() -> None:
    tracker = handed_out(3, 4, 5)
    tracker.finish(4)
    assert tracker.committable == 3
    tracker.finish(3)
    assert tracker.committable == 5


def test_gaps_between_offsets_are_skipped() -> None:
    tracker = handed_out(3, 7, 20)
    tracker.finish(3)
    assert tracker.committable == 7
    tracker.finish(20)
    tracker.finish(7)
    assert tracker.committable == 21


def test_finishing_an_offset_twice_counts_once() -> None:
    tracker = handed_out(0, 1)
    tracker.finish(0)
    tracker.finish(0)
    assert tracker.committable == 1


def test_finishing_an_offset_that_was_not_handed_out_is_ignored() -> None:
    tracker = handed_out(5, 6)
    tracker.finish(4)
    tracker.finish(7)
    assert tracker.committable == 5


def test_unfinished_offsets_are_not_handed_out_again_after_a_reassignment() -> None:
    tracker = handed_out(5, 6, 7)
    tracker.finish(5)
    tracker.revoke()
    assert [offset for offset in (5, 6, 7, 8) if tracker.hand_out(offset)] == [8]
    assert tracker.committable == 6


def test_offsets_finished_while_revoked_are_committable_after_a_reassignment() -> None:
    tracker = handed_out(5, 6)
    tracker.revoke()
    tracker.finish(5)
    tracker.finish(6)
    assert not tracker.needs_commit
    tracker.start_at(5)
    assert tracker.needs_commit
    assert tracker.committable == 7


def test_offsets_that_another_member_finished_are_dropped() -> None:
    tracker = handed_out(5, 6, 7)
    tracker.revoke()
    tracker.start_at(7)
    assert tracker.committable == 7
    tracker.finish(6)
    assert tracker.committable == 7
    tracker.finish(7)
    assert tracker.committable == 8


def test_the_committable_offset_is_never_below_the_start_offset() -> None:
    tracker = handed_out(5, 6)
    tracker.revoke()
    tracker.start_at(9)
    tracker.finish(5)
    assert tracker.committable == 9
    assert not tracker.has_unfinished


def test_offsets_without_a_message_are_skipped_when_nothing_is_unfinished() -> None:
    tracker = handed_out(5)
    tracker.skip_to(7)
    assert tracker.committable == 5
    tracker.finish(5)
    tracker.skip_to(7)
    assert tracker.committable == 7


def test_a_recreated_topic_is_read_from_its_beginning() -> None:
    tracker = handed_out(5, 6)
    assert tracker.hand_out(0)
    assert tracker.committable == 0


def test_a_topic_recreated_while_revoked_is_read_from_its_beginning() -> None:
    tracker = handed_out(5, 6)
    tracker.finish(5)
    tracker.committed = tracker.committable
    tracker.revoke()
    assert [offset for offset in (0, 1) if tracker.hand_out(offset)] == [0, 1]
