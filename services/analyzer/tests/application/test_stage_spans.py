"""Spans of the stages of an analysis, from the messages of the child."""

from contextlib import suppress

from opentelemetry.sdk.trace import ReadableSpan

from analyzer import messages
from analyzer.application.stage_spans import stage_spans
from analyzer.domain.failures import AnalysisFailed, FailureCode
from testkit.recorded_spans import SAMPLED, UNSAMPLED, id_in, parent_of, recorded_spans


def stage_of(span: ReadableSpan) -> object:
    return (span.attributes or {})["california_gold.analysis.stage"]


def test_each_stage_is_a_span_that_begins_where_the_one_before_ends() -> None:
    with recorded_spans() as recorded:
        with stage_spans(recorded.tracing, SAMPLED) as stages:
            stages.enter("fetch")
            stages.enter("verify")
            for reached in ("verify", "index", "index", "decode", "done"):
                stages.reached(reached)
            stages.enter("store")
        spans = recorded.spans()

    assert [stage_of(span) for span in spans] == ["fetch", "verify", "index", "decode", "store"]
    assert [span.end_time for span in spans[:-1]] == [span.start_time for span in spans[1:]]
    assert {parent_of(span) for span in spans} == {id_in(SAMPLED)}


def test_a_stage_that_is_none_of_ours_is_ignored() -> None:
    with recorded_spans() as recorded:
        with stage_spans(recorded.tracing, SAMPLED) as stages:
            stages.enter("verify")
            stages.reached("Ivanov")
        assert recorded.names == ["analysis verify"]


def test_the_stage_at_which_an_analysis_fails_has_the_code_of_the_failure() -> None:
    with recorded_spans() as recorded:
        with suppress(AnalysisFailed), stage_spans(recorded.tracing, SAMPLED) as stages:
            stages.enter("verify")
            stages.reached("index")
            raise AnalysisFailed(FailureCode.INTERNAL, messages.INTERNAL)
        verify, index = recorded.spans()
    assert "error.type" not in (verify.attributes or {})
    assert (index.attributes or {})["error.type"] == FailureCode.INTERNAL


def test_an_unsampled_analysis_has_no_spans() -> None:
    with recorded_spans() as recorded:
        with stage_spans(recorded.tracing, UNSAMPLED) as stages:
            stages.enter("fetch")
            stages.reached("index")
        assert recorded.names == []
