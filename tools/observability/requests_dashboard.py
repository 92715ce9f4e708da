"""The dashboard of what users feel: rate, errors and duration of requests, by route. Probes are no requests."""

from tools.observability.panels import SERVICE, Dashboard, Panel, Query

_REAL = f'{SERVICE}, route!~"/(live|ready|health|metrics)"'
_REQUESTS = "california_gold_requests_total"
_BUCKETS = f"california_gold_request_seconds_bucket{{{_REAL}}}[$__rate_interval]"
_FAILED = f'{_REQUESTS}{{{_REAL}, status=~"5.."}}[$__rate_interval]'

_REFUSED = f'{_REQUESTS}{{{_REAL}, status=~"[45].."}}[$__rate_interval]'


def _quantile(share: float, by: str) -> str:
    return f"histogram_quantile({share}, sum by ({by}) (rate({_BUCKETS})))"


REQUESTS = Dashboard(
    "requests",
    "California Gold: requests",
    [
        Panel(
            "Requests",
            "Answered requests a second. A handshake of a WebSocket is a request with the status 101.",
            [Query(f"sum by (method, route) (rate({_REQUESTS}{{{_REAL}}}[$__rate_interval]))", "{{method}} {{route}}")],
            "reqps",
        ),
        Panel(
            "Share that failed (5xx)",
            "Above 2 % for five minutes CaliforniaGoldRequestsFail fires.",
            [
                Query(
                    f"sum by (app_kubernetes_io_name) (rate({_FAILED}))"
                    f" / sum by (app_kubernetes_io_name) (rate({_REQUESTS}{{{_REAL}}}[$__rate_interval]))",
                    "{{app_kubernetes_io_name}}",
                )
            ],
            "percentunit",
        ),
        Panel(
            "Refused and failed requests",
            "4xx: what clients do wrong, and limits (429). 503: a store that is away. 507: a full disk.",
            [
                Query(
                    f"sum by (method, route, status) (rate({_REFUSED}))",
                    "{{status}} {{method}} {{route}}",
                )
            ],
            "reqps",
        ),
        Panel(
            "Duration of all requests",
            "Half of the requests, 95 % and 99 % were faster.",
            [Query(_quantile(share, "le"), f"{share:.0%}") for share in (0.5, 0.95, 0.99)],
            "s",
        ),
        Panel(
            "Duration by route (95 %)",
            "Uploads and downloads last as long as their file; POST /jobs waits for two syncs.",
            [Query(_quantile(0.95, "method, route, le"), "{{method}} {{route}}")],
            "s",
        ),
        Panel(
            "Log-ins",
            "401: a wrong name or password; 429: too many tries. Above 0.2 a second CaliforniaGoldLogInsFail fires.",
            [
                Query(
                    f'sum by (status) (rate({_REQUESTS}{{method="POST", route="/auth/login"}}[$__rate_interval]))',
                    "{{status}}",
                )
            ],
            "reqps",
        ),
        Panel(
            "Connections that a limit closed",
            "replaced, too_many: no connections left. Others: slow or malformed clients.",
            [
                Query(
                    f"sum by (reason) (rate(california_gold_connections_refused_total{{{SERVICE}}}[$__rate_interval]))",
                    "{{reason}}",
                )
            ],
            "cps",
        ),
        Panel(
            "Open WebSockets",
            "Sockets that follow a job, in each notifier.",
            [Query(f"california_gold_sockets_open{{{SERVICE}}}", "{{pod}}")],
        ),
    ],
)
