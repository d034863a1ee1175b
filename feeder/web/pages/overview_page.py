"""The overview: is everything being followed, what came in, what changed, what is wrong?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args
from urllib.parse import urlencode

from starlette.routing import Route

from feeder.operations.installation_status import describe, installation_status
from feeder.store.overview import TROUBLED, Order, Wanted
from feeder.web.pages.chart import WINDOW
from feeder.web.pages.site import only
from feeder.web.pages.source_rows import source_row
from feeder.web.pages.wording import ago
from feeder.web.state_words import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from feeder.store import Event, Store
    from feeder.web.pages.site import Form, Site

PAGE = 50  # sources
_LATEST = 12  # changes
_ORDERS: tuple[Order, ...] = get_args(Order)
_ORDER_WORDS = {
    "attention": "What needs you first",
    "newest": "Newest updates first",
    "name": "By name",
    "next": "Read next first",
}
TROUBLE = "trouble"  # stands for all states that need a person


def routes(site: Site) -> list[Route]:
    async def show(request: Request) -> Response:
        asked = OverviewQuery.of(request.query_params)
        values = await asyncio.to_thread(_values, site, asked)
        return site.page(request, "overview.html", values)

    async def refresh_all(_: Request, form: Form) -> Response:
        only(form)
        await site.daemon.schedule.make_due()
        return site.lead_to("/", "All pages are being read.")

    return [Route("/", show), site.change("/refresh", refresh_all)]


@dataclass(frozen=True, slots=True)
class OverviewQuery:
    """What the address asks for; whatever is not understood is left out."""

    words: str = ""
    state: str = ""  # a state, or TROUBLE
    order: Order = "attention"
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> OverviewQuery:
        state, number = query.get("state", ""), query.get("page", "1")
        return cls(
            words=query.get("q", "")[:200],
            state=state if state == TROUBLE or state in STATES else "",
            order=next((one for one in _ORDERS if one == query.get("sort")), "attention"),
            page=max(1, int(number)) if number.isdecimal() and len(number) < 7 else 1,
        )

    def wanted(self) -> Wanted:
        states = (self.state,) if self.state else ()
        return Wanted(
            words=self.words,
            states=TROUBLED if self.state == TROUBLE else states,
            order=self.order,
            offset=(self.page - 1) * PAGE,
            limit=PAGE,
        )

    def query(self, **other: object) -> str:
        """Returns the query of this view, with some of it changed."""
        fields = {"q": self.words, "state": self.state, "sort": self.order, "page": self.page}
        fields |= other
        defaults: dict[str, object] = {"q": "", "state": "", "sort": "attention", "page": 1}
        said = {key: value for key, value in fields.items() if value != defaults[key]}
        return f"?{urlencode(said)}" if said else ""


def _values(site: Site, asked: OverviewQuery) -> dict[str, object]:
    works, now = site.daemon.works, datetime.now(UTC)
    states = works.store.by_state()
    seen = works.store.last_event()
    found = works.store.overview(asked.wanted(), now - WINDOW)
    troubled = sum(states.get(state, 0) for state in TROUBLED)
    installation = installation_status(works.store)
    return {
        "seen": seen,
        "asked": asked,
        "rows": [source_row(*row, works.settings, now) for row in found.rows],
        "total": found.total,
        "pages": -(-found.total // PAGE),
        "followed": sum(states.values()),
        "troubled": troubled,
        "chips": _chips(states, troubled),
        "orders": _ORDER_WORDS,
        "latest": latest(works.store),
        "mistake": works.store.get("configuration_error") or "",
        "sick": site.daemon.sickness(),
        "machines": describe(installation),
        "gone": [(one.name, ago(one.last_seen, now)) for one in installation.gone],
    }


def _chips(states: Mapping[str, int], troubled: int) -> list[tuple[str, str, int]]:
    """Returns what can be filtered by: its value, its words, and how many sources it leaves."""
    chips = [("", "All", sum(states.values()))]
    if troubled:
        chips.append((TROUBLE, "Needs you", troubled))
    chips += [(one, words, states[one]) for one, words in STATES.items() if states.get(one)]
    return chips


def latest(store: Store) -> list[tuple[Event, bool]]:
    """Returns the last changes of all sources that a subscriber can see, the newest first.

    With each stands whether the entry has been removed since.
    """
    events = store.events(max(0, store.last_event() - 3 * _LATEST), 3 * _LATEST)
    shown = [one for one in events if not one.change.entry.hidden and one.change.kind != "touched"]
    return [(event, _is_gone(store, event)) for event in shown[: -_LATEST - 1 : -1]]


def _is_gone(store: Store, event: Event) -> bool:
    found = store.entry(event.change.entry.id)
    return found is None or found[1].removed is not None
