from analyzer.stages import ENDS, Stages


def told_of(steps: list[tuple[str, float]]) -> list[tuple[str, int]]:
    told: list[tuple[str, int]] = []
    stages = Stages(lambda stage, percent: told.append((stage, percent)))
    for step in steps:
        stages(*step)
    return told


def test_a_finished_stage_stands_at_its_per_cent() -> None:
    ours = [stage for stage in ENDS if stage != "fetch"]
    assert told_of([(stage, 1) for stage in ours]) == [(stage, ENDS[stage]) for stage in ours]


def test_a_share_of_a_stage_is_that_share_of_its_span() -> None:
    assert told_of([("detect", 0.5), ("measure", 0.5)]) == [("detect", 60), ("measure", 85)]


def test_progress_never_goes_back_and_tells_each_per_cent_once() -> None:
    assert told_of([("decode", 0.5), ("decode", 0.51), ("index", 1), ("decode", 0.2), ("decode", 7)]) == [
        ("decode", 30),
        ("decode", 40),
    ]
