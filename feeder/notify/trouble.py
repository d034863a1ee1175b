"""Failures that come again and again, such as those of a full disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging


class Trouble:
    """A failure that may come again and again: logged when it begins and when it is over."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._times = 0
        self.reason = ""  # why it fails now; "": it does not

    def note(self, reason: str) -> None:
        """Notes how the last attempt ended: why it failed, or "" where it did not."""
        if reason and reason != self.reason:
            self._logger.error("%s", reason)
        if self.reason and not reason:
            self._logger.info("over after %d failures: %s", self._times, self.reason)
            self._times = 0
        self._times += bool(reason)
        self.reason = reason
