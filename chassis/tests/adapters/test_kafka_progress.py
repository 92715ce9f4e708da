from chassis.adapters.kafka.progress import Progress


def handed_out(*offsets: int) -> Progress:
    progress = Progress()
    for offset in offsets:
        assert progress.take(offset)
    return progress


def test_the_place_is_the_first_message_that_is_not_done() -> None:
    progress = handed_out(3, 4, 5)
    progress.finish(4)
    assert progress.place == 3
    progress.finish(3)
    assert progress.place == 5


def test_holes_between_offsets_are_passed() -> None:
    progress = handed_out(3, 7, 20)
    progress.finish(3)
    assert progress.place == 7
    progress.finish(20)
    progress.finish(7)
    assert progress.place == 21


def test_what_is_done_twice_counts_once() -> None:
    progress = handed_out(0, 1)
    progress.finish(0)
    progress.finish(0)
    assert progress.place == 1


def test_what_was_never_handed_out_moves_nothing() -> None:
    progress = handed_out(5, 6)
    progress.finish(4)
    progress.finish(7)
    assert progress.place == 5


def test_what_is_in_hand_is_not_handed_out_again_when_the_partition_comes_back() -> None:
    progress = handed_out(5, 6, 7)
    progress.finish(5)
    progress.pause()
    assert [offset for offset in (5, 6, 7, 8) if progress.take(offset)] == [8]
    assert progress.place == 6


def test_what_is_done_while_the_partition_is_away_counts_when_it_comes_back() -> None:
    progress = handed_out(5, 6)
    progress.pause()
    progress.finish(5)
    progress.finish(6)
    assert not progress.uncommitted
    progress.begin(5)
    assert progress.uncommitted
    assert progress.place == 7


def test_what_another_member_did_meanwhile_is_none_of_ours_any_more() -> None:
    progress = handed_out(5, 6, 7)
    progress.pause()
    progress.begin(7)
    assert progress.place == 7
    progress.finish(6)
    assert progress.place == 7
    progress.finish(7)
    assert progress.place == 8


def test_the_place_never_goes_back_behind_the_groups() -> None:
    progress = handed_out(5, 6)
    progress.pause()
    progress.begin(9)
    progress.finish(5)
    assert progress.place == 9
    assert not progress.in_hand


def test_markers_are_passed_when_nothing_is_in_hand() -> None:
    progress = handed_out(5)
    progress.pass_over(7)
    assert progress.place == 5
    progress.finish(5)
    progress.pass_over(7)
    assert progress.place == 7


def test_a_topic_that_was_made_anew_is_read_from_its_beginning() -> None:
    progress = handed_out(5, 6)
    assert progress.take(0)
    assert progress.place == 0


def test_a_topic_that_was_made_anew_while_the_partition_was_away_is_read_from_its_beginning() -> None:
    progress = handed_out(5, 6)
    progress.finish(5)
    progress.durable = progress.place
    progress.pause()
    assert [offset for offset in (0, 1) if progress.take(offset)] == [0, 1]
