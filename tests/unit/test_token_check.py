"""Which tokens are let in, and how long a client waits that has guessed."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

import pytest
from starlette.exceptions import HTTPException

from feeder.web.token_check import MOST_GUESSES, MOST_WRONG, WINDOW, TokenCheck

TOKEN = "the token: it is right"


def basic(credentials: str) -> str:
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


@dataclass
class Gate:
    now: float = 100.0
    check: TokenCheck = field(init=False)

    def __post_init__(self) -> None:
        self.check = TokenCheck(TOKEN, lambda: self.now)

    def ask(self, authorization: str, client: str = "192.0.2.7") -> tuple[int, str]:
        """The status, and Retry-After."""
        try:
            self.check.require(client, authorization, "Bearer", "a token is needed")
        except HTTPException as error:
            return error.status_code, (error.headers or {}).get("Retry-After", "")
        return 200, ""

    def guess(self, client: str = "192.0.2.7", times: int = MOST_GUESSES) -> list[int]:
        return [self.ask(f"Bearer wrong {n}", client)[0] for n in range(times)]


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN} ", 200),
        (basic(f"anybody:{TOKEN}"), 200),
        (basic(f":{TOKEN}"), 200),
        ("", 401),
        (TOKEN, 401),
        (f"Token {TOKEN}", 401),
        (f"Bearer {TOKEN}x", 401),
        ("Bearer", 401),
        (basic(TOKEN.replace(":", "")), 401),
        ("Basic \xff\xfe", 401),
        ("Basic gg==", 401),
    ],
)
def test_the_token_is_taken_as_bearer_and_as_password(authorization: str, status: int) -> None:
    assert Gate().ask(authorization) == (status, "")


@pytest.mark.row("74")
def test_who_guesses_too_often_waits_even_with_the_right_token() -> None:
    gate = Gate()
    assert gate.guess(times=MOST_GUESSES + 1) == [401] * MOST_GUESSES + [429]
    gate.now += 20.5
    assert gate.ask(f"Bearer {TOKEN}") == (429, str(int(WINDOW - 20.5) + 1))
    gate.now += WINDOW - 20.5
    assert gate.ask(f"Bearer {TOKEN}") == (200, "")


@pytest.mark.row("74")
def test_the_same_wrong_token_is_no_further_guess_but_has_an_end() -> None:
    gate = Gate()
    asked = [gate.ask("Bearer old")[0] for _ in range(MOST_WRONG + 1)]
    assert asked == [401] * MOST_WRONG + [429]


def test_requests_without_a_token_are_no_guesses() -> None:
    gate = Gate()
    assert {gate.ask("")[0] for _ in range(3 * MOST_GUESSES)} == {401}
    assert gate.ask(f"Bearer {TOKEN}") == (200, "")


def test_refused_guesses_do_not_lengthen_the_wait() -> None:
    gate = Gate()
    gate.guess(times=5 * MOST_GUESSES)
    gate.now += WINDOW
    assert gate.ask(f"Bearer {TOKEN}") == (200, "")


@pytest.mark.parametrize(
    ("guesser", "other", "status"),
    [
        ("192.0.2.7", "192.0.2.8", 200),
        ("192.0.2.7", "::ffff:192.0.2.7", 429),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", 429),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", 200),
    ],
)
def test_a_client_is_an_address_or_a_network_of_64_bits(
    guesser: str, other: str, status: int
) -> None:
    gate = Gate()
    gate.guess(guesser)
    assert gate.ask(f"Bearer {TOKEN}", other)[0] == status
