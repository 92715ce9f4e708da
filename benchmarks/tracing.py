"""Benchmark: what traces cost, as processor time per `POST /jobs` with 1 % of the traces sampled, and without.

Both products run at the same time on folders of their own, and take turns under load; all that follows from a
POST is counted, the export included. The receiver is another process.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import psutil
import uvloop

from benchmarks.http_load import load, prepared
from benchmarks.table import Row
from testkit.otlp_receiver import otlp_receiver
from tests.e2e.api_client import Api
from tests.e2e.embedded_product import EmbeddedProduct

_CONNECTIONS, _SECONDS, _ROUNDS = 8, 1.0, 12
_BODY = urlencode({"title": "CT Scan Analysis", "description": "thorax"}).encode()
_SAMPLED_1_PERCENT = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01"}
_GOAL = 0.97


@dataclass(frozen=True)
class _Target:
    url: str
    pid: int
    request: bytes

    async def cost(self) -> float:
        """Return the seconds of processor time per request under load."""
        process = psutil.Process(self.pid)
        before = sum(process.cpu_times()[:2])
        sent = await load(self.url, lambda: self.request, _CONNECTIONS, _SECONDS)
        return (sum(process.cpu_times()[:2]) - before) / len(sent.latencies)


def rows() -> list[Row]:
    """Measure in turns."""
    with TemporaryDirectory(dir=Path.cwd()) as folder, otlp_receiver() as receiver, ExitStack() as stack:
        settings = {
            "without": {},
            "1 %": {**receiver.settings, "OTEL_BSP_SCHEDULE_DELAY": "5000", **_SAMPLED_1_PERCENT},
        }
        products = {name: EmbeddedProduct(Path(folder) / name, given).start() for name, given in settings.items()}
        for product in products.values():
            stack.callback(product.stop)
        return uvloop.run(_compared(products["without"], products["1 %"]))


async def _compared(without: EmbeddedProduct, sampled: EmbeddedProduct) -> list[Row]:
    targets = [await _target(product) for product in (without, sampled)]
    for target in targets:
        await target.cost()
    costs = [[await target.cost() for target in targets] for _ in range(_ROUNDS)]
    reference, ours = (median(cost[index] for cost in costs) for index in (0, 1))
    ratio = median(cost[0] / cost[1] for cost in costs)
    what = f"processor per POST of a job, traces sampled at 1 % against none (goal {_GOAL})"
    return [Row(what, f"{1e6 * ours:,.0f} µs", f"{1e6 * reference:,.0f} µs", ratio)]


async def _target(product: EmbeddedProduct) -> _Target:
    async with Api(product.url).registered() as account:
        request = prepared("POST", "/jobs", account.token, "application/x-www-form-urlencoded", _BODY)
        return _Target(product.url, product.pid, request)
