"""What nobody expected: logged with its traceback, and said in words."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger("feeder.web")

BUG = "This is a bug in feeder; its log has the details. What is followed is not affected."


class TellBugs:
    """Middleware that answers where an application raises before it has answered."""

    def __init__(self, app: ASGIApp, answer: Callable[[Scope], ASGIApp]) -> None:
        """Takes a function that returns what is answered, a response with the status 500."""
        self._app, self._answer = app, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answers = False

        async def sending(message: Message) -> None:
            nonlocal answers
            answers = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            if answers:
                raise
            logger.exception("%s %s: a bug in feeder", scope["method"], scope["path"])
            await self._answer(scope)(scope, receive, send)
