"""`make bench`: run all benchmarks, or those named as arguments, and print one table."""

import sys
from collections.abc import Callable, Mapping

from benchmarks import (
    analyzer_cage,
    analyzer_detection,
    analyzer_path,
    analyzer_reading,
    analyzer_throughput,
    audit,
    console,
    console_viewer,
    event_store,
    job_list,
    objects,
    product,
    rebuild,
    tracing,
    unfinished_requests,
    writes,
    zip_listing,
)
from benchmarks.table import Row, print_table

BENCHMARKS: Mapping[str, Callable[[], list[Row]]] = {
    "event_store": event_store.rows,
    "job_list": job_list.rows,
    "rebuild": rebuild.rows,
    "audit": audit.rows,
    "objects": objects.rows,
    "zip_listing": zip_listing.rows,
    "product": product.rows,
    "analyzer_reading": analyzer_reading.rows,
    "analyzer_detection": analyzer_detection.rows,
    "analyzer_path": analyzer_path.rows,
    "analyzer_cage": analyzer_cage.rows,
    "analyzer_throughput": analyzer_throughput.rows,
    "unfinished_requests": unfinished_requests.rows,
    "console": console.rows,
    "console_viewer": console_viewer.rows,
    "writes": writes.rows,
    "tracing": tracing.rows,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, by default all. Return the exit code."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"unknown benchmark: {', '.join(unknown)}; choose from {', '.join(BENCHMARKS)}\n")
        return 2
    rows: list[Row] = []
    for name in names or BENCHMARKS:
        sys.stderr.write(f"{name} …\n")
        rows += BENCHMARKS[name]()
    print_table(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
