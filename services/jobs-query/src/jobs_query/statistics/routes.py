"""The route that tells how the jobs are doing."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from chassis.http.authentication import SignedIn
from chassis.http.documentation import errors
from chassis.ports.clock import Clock
from jobs_query.domain.errors import AdministratorsOnly
from jobs_query.statistics.queries import StatisticsQueries
from jobs_query.statistics.schemas import Scope, StatsOut, stats
from jobs_query.statistics.statistics_store import SYSTEM, scope_of

AskedScope = Annotated[
    Scope | None,
    Query(description="Чьи задания: `own` или, для администратора, `system`; без него — всё, что можно видеть"),
]


@dataclass(frozen=True)
class StatsRoutes:
    """Parses, asks the application, shapes the answer."""

    statistics: StatisticsQueries
    clock: Clock

    async def get_stats(self, caller: SignedIn, scope: AskedScope = None) -> StatsOut:
        """Вернуть очередь, время ожидания и анализа, ошибки по причинам: свои, администратору — всей системы."""
        told = scope or ("system" if caller.admin else "own")
        if told == "system" and not caller.admin:
            raise AdministratorsOnly
        statistics = await self.statistics.of(SYSTEM if told == "system" else scope_of(caller.user_id))
        return stats(statistics, told, self.clock.now())


def add_stats_route(router: APIRouter, route: StatsRoutes) -> None:
    """Add the route."""
    router.add_api_route(
        "/stats",
        route.get_stats,
        methods=["GET"],
        summary="Статистика заданий",
        responses=errors(401, 403, 422, examples={403: [AdministratorsOnly().message]}),
    )
