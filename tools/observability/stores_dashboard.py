"""The dashboard of the stores as the processes see them, and of the processes. The stores have figures of their own."""

from tools.observability.panels import SERVICE, Dashboard, Panel, Query

STORES = Dashboard(
    "stores",
    "California Gold: stores and processes",
    [
        Panel(
            "Stores that can be used",
            "1: every process can use it. topics: the message bus.",
            [Query("min by (store) (california_gold_store_up)", "{{store}}")],
        ),
        Panel(
            "Answer of a store",
            "The slowest process: one read of the log, one document and one object written, one topic's offsets read.",
            [Query("max by (store) (california_gold_store_probe_seconds)", "{{store}}")],
            "s",
        ),
        Panel(
            "Requests without a store or space",
            "503: a store is away, or a stream is contended; 507: the disk, or the object store, is full.",
            [
                Query(
                    "sum by (status, method, route) (rate(california_gold_requests_total"
                    f'{{{SERVICE}, route!~"/(live|ready|health|metrics)", status=~"503|507"}}[$__rate_interval]))',
                    "{{status}} {{method}} {{route}}",
                )
            ],
            "reqps",
        ),
        Panel(
            "Free disk space",
            "Uploads are refused below the minimum; below twice of it CaliforniaGoldDiskAlmostFull fires.",
            [
                Query("california_gold_disk_free_bytes", "{{folder}} {{pod}}"),
                Query("california_gold_disk_min_free_bytes", "minimum {{folder}} {{pod}}"),
            ],
            "bytes",
        ),
        Panel(
            "Security log",
            "Entries that wait for the event store, and those that were lost since the start of a process.",
            [
                Query(f"california_gold_security_log_pending_entries{{{SERVICE}}}", "waiting {{pod}}"),
                Query(f"california_gold_security_log_lost_entries{{{SERVICE}}}", "lost {{pod}}"),
            ],
        ),
        Panel(
            "Ready processes",
            "0: /ready says what the process waits for.",
            [Query(f"california_gold_ready{{{SERVICE}}}", "{{pod}}")],
        ),
        Panel(
            "Processor",
            "Processors in use. Analyses run in children, which are not counted here.",
            [Query(f"rate(process_cpu_seconds_total{{{SERVICE}}}[$__rate_interval])", "{{pod}}")],
        ),
        Panel(
            "Memory",
            "Resident memory, without children.",
            [Query(f"process_resident_memory_bytes{{{SERVICE}}}", "{{pod}}")],
            "bytes",
        ),
        Panel(
            "Open files",
            "Share of what the process may open: connections, sockets, files.",
            [Query(f"process_open_fds{{{SERVICE}}} / process_max_fds{{{SERVICE}}}", "{{pod}}")],
            "percentunit",
        ),
        Panel(
            "Age of a process",
            "It falls to 0 at a restart.",
            [Query(f"time() - process_start_time_seconds{{{SERVICE}}}", "{{pod}}")],
            "s",
        ),
    ],
)
