"""The dashboard of the pipeline: from a stored event over its topic and consumers to the analysis and its result."""

from tools.observability.panels import Dashboard, Panel, Query

_STAGE = "california_gold_analysis_stage_seconds"
_ATTEMPT_BUCKETS = "california_gold_analysis_seconds_bucket[$__rate_interval]"

PIPELINE = Dashboard(
    "pipeline",
    "California Gold: pipeline",
    [
        Panel(
            "Relay delay",
            "Age of the oldest event that is not in its topic; else that of the last one when it got there.",
            [Query("max by (topic) (california_gold_relay_delay_seconds)", "{{topic}}")],
            "s",
        ),
        Panel(
            "Running relays",
            "One for each topic. At 0 nobody is told what happens: CaliforniaGoldRelayStopped.",
            [Query("sum by (topic) (california_gold_relay_running)", "{{topic}}")],
        ),
        Panel(
            "Consumer lag",
            "Events that a group has not handled. That of the analyzer is the queue of analyses.",
            [Query("max by (group, topic) (california_gold_consumer_lag_events)", "{{group}} {{topic}}")],
        ),
        Panel(
            "Oldest waiting event",
            "Age of the oldest event that a group has received and not handled.",
            [Query("max by (group) (california_gold_consumer_oldest_event_seconds)", "{{group}}")],
            "s",
        ),
        Panel(
            "Parked and unknown events",
            "Events that could not be handled, and those that wait behind them; skipped events of unknown types.",
            [
                Query("max by (group) (california_gold_consumer_parked_events)", "parked: {{group}}"),
                Query(
                    "max by (group, type) (california_gold_consumer_unknown_events_total)",
                    "unknown: {{group}} {{type}}",
                ),
            ],
        ),
        Panel(
            "Jobs",
            "All jobs by status: queued and processing are the work that is left.",
            [Query("max by (status) (california_gold_jobs)", "{{status}}")],
        ),
        Panel(
            "Attempts by outcome",
            "completed, or the code of the failure.",
            [
                Query(
                    "sum by (outcome) (rate(california_gold_analysis_seconds_count[$__rate_interval])) * 3600",
                    "{{outcome}} an hour",
                )
            ],
        ),
        Panel(
            "Duration of an attempt (95 %)",
            "By outcome, its retries included.",
            [
                Query(
                    f"histogram_quantile(0.95, sum by (outcome, le) (rate({_ATTEMPT_BUCKETS})))",
                    "{{outcome}}",
                )
            ],
            "s",
        ),
        Panel(
            "Mean duration by stage",
            "What an attempt spends its time on.",
            [
                Query(
                    f"sum by (stage) (rate({_STAGE}_sum[$__rate_interval]))"
                    f" / sum by (stage) (rate({_STAGE}_count[$__rate_interval]))",
                    "{{stage}}",
                )
            ],
            "s",
        ),
        Panel(
            "Waiting and running in the last hour (95 %)",
            "As GET /stats computes them: from the upload to the start of the analysis, and from there to its end.",
            [
                Query("max(california_gold_jobs_waiting_p95_last_hour_seconds)", "waiting"),
                Query("max(california_gold_jobs_running_p95_last_hour_seconds)", "running"),
            ],
            "s",
        ),
        Panel(
            "Failed jobs of the last hour",
            "By reason. INTERNAL, OUT_OF_MEMORY, TIMEOUT and MODEL_ERROR are ours, the others the uploads'.",
            [Query("max by (reason) (california_gold_jobs_failed_last_hour)", "{{reason}}")],
        ),
        Panel(
            "Failures of workers",
            "Each is a line worker_failed in the log. An outage of a store is none.",
            [
                Query(
                    "sum by (pod, worker) (increase(california_gold_worker_failures_total[$__rate_interval])) > 0",
                    "{{pod}} {{worker}}",
                )
            ],
        ),
    ],
)
