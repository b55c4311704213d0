# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser for the tests, what goes wrong while it loads a page, and the contrast of its colors."""

from __future__ import annotations

import re
from collections.abc import Iterator

import drift_page
import pytest
from playwright.sync_api import Browser, Page, sync_playwright


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = drift_page.launch(playwright)
        yield started
        started.close()


def watch(page: Page, here: str) -> list[str]:
    """Return a list that gets what goes wrong while *page* is loaded, also requests to elsewhere than *here*."""
    troubles: list[str] = []

    def note(wrong: bool, what: str) -> None:
        if wrong:
            troubles.append(what)

    page.on("console", lambda message: note(message.type in ("error", "warning"), message.text))
    page.on("pageerror", lambda error: note(True, str(error)))
    page.on("requestfailed", lambda request: note(True, f"failed: {request.url}"))
    page.on("response", lambda response: note(response.status >= 400, f"{response.status}: {response.url}"))
    page.on("request", lambda request: note(not request.url.startswith((here, "data:")), request.url))
    return troubles


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two opaque colors, as WCAG 2.2 defines it."""
    lighter, darker = sorted(map(luminance, (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def channels(color: str) -> list[float]:
    return [int(channel) / 255 for channel in re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", color).groups()]


def luminance(color: str) -> float:
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels(color)]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
