"""Who serves the faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import trustme
from loopback import (
    Site,
    site,
)


@pytest.fixture
def there() -> Iterator[Site]:
    with site() as here:
        yield here


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()
