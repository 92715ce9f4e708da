from analyzer.stages import ENDS, Stages


def reported_for(steps: list[tuple[str, float]]) -> list[tuple[str, int]]:
    reported: list[tuple[str, int]] = []
    stages = Stages(lambda stage, percent: reported.append((stage, percent)))
    for step in steps:
        stages(*step)
    return reported


def test_a_completed_stage_has_its_final_percentage() -> None:
    ours = [stage for stage in ENDS if stage != "fetch"]
    assert reported_for([(stage, 1) for stage in ours]) == [(stage, ENDS[stage]) for stage in ours]


def test_a_share_of_a_stage_is_that_share_of_its_range() -> None:
    assert reported_for([("detect", 0.5), ("measure", 0.5)]) == [("detect", 60), ("measure", 85)]


def test_progress_reports_each_percentage_once_in_rising_order() -> None:
    assert reported_for([("decode", 0.5), ("decode", 0.51), ("index", 1), ("decode", 0.2), ("decode", 7)]) == [
        ("decode", 30),
        ("decode", 40),
    ]
