from analyzer.isolation.progress_throttle import ProgressThrottle


def test_progress_neither_decreases_nor_repeats() -> None:
    throttle = ProgressThrottle()
    assert throttle.allows("decode", 30, now=0)
    assert not throttle.allows("decode", 30, now=10)
    assert not throttle.allows("detect", 29, now=20)
    assert throttle.allows("detect", 41, now=30)


def test_within_a_stage_progress_is_reported_at_most_once_a_second() -> None:
    throttle = ProgressThrottle()
    reported = [percent for percent in range(40, 80) if throttle.allows("detect", percent, now=percent / 10)]
    assert reported == [40, 50, 60, 70]


def test_a_new_stage_is_reported_immediately() -> None:
    throttle = ProgressThrottle()
    assert throttle.allows("measure", 90, now=0)
    assert throttle.allows("write", 91, now=0.01)
