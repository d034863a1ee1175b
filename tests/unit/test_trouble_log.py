"""A failure that comes again and again is logged when it begins and when it is over."""

from __future__ import annotations

import logging

import pytest

from feeder.notify.trouble import Trouble


def test_a_failure_is_told_once_and_then_how_often_it_came(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    trouble = Trouble(logging.getLogger("feeder.tests"))
    for reason in ("", *["the disk is full"] * 117, "", "", "the store is locked"):
        trouble.note(reason)
        assert trouble.reason == reason
    assert [record.getMessage() for record in caplog.records] == [
        "the disk is full",
        "over after 117 failures: the disk is full",
        "the store is locked",
    ]
