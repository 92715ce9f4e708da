"""Route of the statistics."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from chassis.http import routing
from chassis.http.authentication import SignedIn
from chassis.http.documentation import errors
from chassis.ports.clock import Clock
from jobs_query import messages
from jobs_query.domain.errors import AdministratorsOnly
from jobs_query.statistics.queries import StatisticsQueries
from jobs_query.statistics.schemas import Scope, StatsOut, stats
from jobs_query.statistics.statistics_store import SYSTEM, scope_of

RequestedScope = Annotated[Scope | None, Query(description=messages.STATS_SCOPE.ru)]


@dataclass(frozen=True)
class StatsRoutes:
    """The route of the statistics."""

    statistics: StatisticsQueries
    clock: Clock

    @routing.get(
        "/stats",
        summary=messages.GET_STATS,
        description=messages.GET_STATS_DESCRIPTION,
        responses=errors(401, 403, 422, examples={403: [messages.ADMINISTRATORS_ONLY]}),
    )
    async def get_stats(self, caller: SignedIn, scope: RequestedScope = None) -> StatsOut:
        """Return the statistics of the caller's jobs, for an administrator of the whole system."""
        shown = scope or ("system" if caller.admin else "own")
        if shown == "system" and not caller.admin:
            raise AdministratorsOnly
        statistics = await self.statistics.of(SYSTEM if shown == "system" else scope_of(caller.user_id))
        return stats(statistics, shown, self.clock.now())
