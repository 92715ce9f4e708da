from analyzer.isolation.pace import Pace


def test_progress_never_goes_back_and_never_repeats_a_per_cent() -> None:
    pace = Pace()
    assert pace.lets_through("decode", 30, now=0)
    assert not pace.lets_through("decode", 30, now=10)
    assert not pace.lets_through("detect", 29, now=20)
    assert pace.lets_through("detect", 41, now=30)


def test_within_a_stage_progress_is_told_at_most_once_a_second() -> None:
    pace = Pace()
    told = [percent for percent in range(40, 80) if pace.lets_through("detect", percent, now=percent / 10)]
    assert told == [40, 50, 60, 70]


def test_a_new_stage_is_told_at_once() -> None:
    pace = Pace()
    assert pace.lets_through("measure", 90, now=0)
    assert pace.lets_through("write", 91, now=0.01)
