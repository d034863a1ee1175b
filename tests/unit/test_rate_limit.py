"""What may be asked for in a minute."""

from __future__ import annotations

import pytest
from starlette.exceptions import HTTPException

from feeder.web.rate_limit import RateLimit


def test_so_many_are_taken_a_minute_for_each_key() -> None:
    now = 100.0
    limit = RateLimit(2, "reads can be asked for", lambda: now)
    for key in ("harbour", "harbour", "market"):
        limit.take(key)
    now = 130.5
    with pytest.raises(HTTPException) as refused:
        limit.take("harbour")
    assert refused.value.status_code == 429
    assert refused.value.detail == "2 reads can be asked for in a minute; wait 30 seconds."
    assert refused.value.headers == {"Retry-After": "30"}
    limit.take("market")
    now = 160.0
    limit.take("harbour")
