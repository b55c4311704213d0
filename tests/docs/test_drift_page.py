# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a drift report in a browser."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import browsing
import drift_page
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import contrast, watch
from drift_page import result
from playwright.sync_api import Browser, Page

browser = browsing.browser
HOSTILE = {
    0: "<script>alert(1)</script>",
    1: "{{ 7*7 }}",
    2: "<img src=x onerror=alert(1)>",
    3: "](javascript:alert(1))",
    4: '"><svg/onload=alert(1)>',
    5: "a|b`c",
    6: "</td></table></style>",
    7: "&lt;b&gt;",
    8: "城市",
    9: "مدينة",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    """A page of the playbook, one with foreign names, one with 300 apps, and one without drift."""
    name = "<b>news</b>" + "x" * 40
    hostile = [result(name, "tokyo", {0: "other"}, HOSTILE), result("lost", "", {}, None, msg=f"{HOSTILE[0]} " * 20)]
    before, after = {"<i>1</i>": {}}, {"<i>1</i>": {HOSTILE[2]: HOSTILE[1]}}
    change = {"users": before, "diff": {"before": before, "after": after}}
    results = {
        "hostile": [*hostile, [*result("users", "", {}, {}), change]],
        "many": drift_page.many(300),
        "quiet": [result("news", "tokyo", {0: "sex"}, {0: "sex"})],
    }
    made = {name: drift_page.written(tmp_path_factory.mktemp(name), found) for name, found in results.items()}
    return {"simulator": drift_page.example(tmp_path_factory.mktemp("simulator")), **made}


@pytest.fixture
def visit(browser, pages) -> Iterator:
    """Open a page without JavaScript. It must load without a complaint, and from the file alone."""
    troubles = []

    def opening(name: str, width: int = 1280, **settings: object) -> Page:
        size, url = {"width": width, "height": 900}, pages[name].as_uri()
        page = stack.enter_context(browser.new_page(java_script_enabled=False, viewport=size, **settings))
        troubles.append(watch(page, url))
        page.goto(url)  # on a busy machine, the network can be idle before the page is complete
        page.wait_for_load_state("networkidle")
        return page

    with contextlib.ExitStack() as stack:
        yield opening
    assert not any(troubles), troubles


@pytest.mark.parametrize("width", [400, 768, 1199, 1200, 1600])
@pytest.mark.parametrize("name", ["simulator", "hostile", "many", "quiet"])
def test_nothing_is_cut_at_the_sides(visit, name, width):
    page = visit(name, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(OUTSIDE) == []


# The texts that do not lie inside the page, or inside the cell that they belong to.
OUTSIDE = """() => [...document.querySelectorAll("h1, h2, p, dt, dd, li, bdi, th, td, pre, .small, .error")]
    .filter(element => getComputedStyle(element).clipPath === "none" && element.getClientRects().length)
    .filter(element => {
        const box = element.getBoundingClientRect();
        const cell = element.closest("td, th, body").getBoundingClientRect();
        return box.left < cell.left - 1 || box.right > cell.right + 1 || box.right > innerWidth;
    })
    .map(element => element.outerHTML.slice(0, 200))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("name", ["simulator", "hostile", "quiet"])
def test_it_is_accessible_in_both_color_schemes(browser, pages, name, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page.goto(pages[name].as_uri())
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(244, 246, 249)"
    assert dark == (scheme == "dark")
    found = Axe().run(page, options={"resultTypes": ["violations", "incomplete", "passes"]}).response
    symbols = page.evaluate(SYMBOLS)  # axe does not measure them
    page.close()
    assert len(symbols) > 10 and [symbol for symbol in symbols if contrast(*symbol) < 4.5] == []
    assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found["violations"]] == []
    (measured,) = [rule for rule in found["passes"] if rule["id"] == "color-contrast"]
    assert len(measured["nodes"]) > 15


# The color of each symbol, and that of what it lies on.
SYMBOLS = """() => [...document.querySelectorAll("span[aria-hidden]")].map(symbol => {
    const behind = start => {
        const color = getComputedStyle(start).backgroundColor;
        return color === "rgba(0, 0, 0, 0)" ? behind(start.parentElement) : color;
    };
    return [getComputedStyle(symbol).color, behind(symbol)];
})"""


def test_the_switch_hides_what_is_as_declared(visit):
    page = visit("many")
    rows, drifted = page.locator("tr:has(.app)"), page.locator("tbody.drifted .app, tbody.unreadable .app")
    shown = page.locator("tbody .app:visible")
    assert (rows.count() - 1, shown.count(), drifted.count()) == (300, 300, 21)
    page.get_by_text("Only drift").click()
    assert page.get_by_role("checkbox", name="Only drift").is_checked()
    assert shown.count() == 21 and not page.locator("tbody.as_declared").first.is_visible()
    page.keyboard.press("Space")
    assert shown.count() == 300


def test_the_switch_of_a_page_without_drift_leaves_a_sentence(visit):
    page = visit("quiet")
    assert not page.get_by_text("No app has drifted.").is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.get_by_text("No app has drifted.").is_visible()
    assert not page.get_by_text("news").is_visible()


@pytest.mark.parametrize("width", [400, 1280])
def test_foreign_names_are_shown_and_do_not_run(browser, pages, width):
    """With JavaScript, and once more without the page's policy: escaping alone suffices."""
    for bypass in (False, True):
        page = browser.new_page(viewport={"width": width, "height": 900}, bypass_csp=bypass)
        alerts = []
        page.on("dialog", lambda dialog, seen=alerts: (seen.append(dialog.message), dialog.dismiss()))
        page.goto(pages["hostile"].as_uri(), wait_until="networkidle")
        cells = page.locator("tbody.drifted td.cell bdi").all_inner_texts()
        assert [text for text in cells if text != "other"] == list(HOSTILE.values())
        assert page.locator(".sheet :is(script, img, svg, b, i)").count() == 0
        assert "<b>news</b>" in page.locator("tbody.drifted th.app").inner_text()
        assert "'<img src=x onerror=alert(1)>' is missing" in page.locator(".users").inner_text()
        page.close()
        assert alerts == []


def test_300_apps_stay_readable(visit):
    page = visit("many")
    states = page.evaluate("[...document.querySelectorAll('tbody')].map(body => body.className)")
    assert states == sorted(states, key=("drifted", "unreadable", "as_declared").index)
    page.evaluate("document.querySelectorAll('tr')[200].scrollIntoView()")
    tops = "[...document.querySelectorAll('thead th')].map(head => head.getBoundingClientRect().top)"
    assert page.evaluate(tops) == [0] * 11
    # The state and the region of the topmost row stay in sight below the head, and nothing lies between them.
    head, group = (page.evaluate(f"({STUCK})('{selector}')") for selector in ("thead th", ".group th"))
    assert group["top"] <= head["bottom"] <= group["top"] + 3 and "As declared in" in group["text"]
    narrow = visit("many", width=400)
    narrow.evaluate("document.querySelectorAll('tr')[200].scrollIntoView()")
    assert narrow.evaluate(f"({STUCK})('.group')")["top"] == 0


# The lowest of the elements that stick to the top.
STUCK = """selector => [...document.querySelectorAll(selector)]
    .map(element => ({...element.getBoundingClientRect().toJSON(), text: element.innerText}))
    .filter(box => box.bottom > 0 && box.top < 60)
    .at(-1)"""


def test_each_state_is_shown_in_words_and_with_a_symbol(visit):
    page = visit("simulator")
    states = {
        "missing": "○ plan missing",
        "other_name": "≠ town other name declared: city",
        "undeclared": "+ tier undeclared",
        "type_differs": "± device type differs type 0, declared: 1",
    }
    for state, words in states.items():
        assert " ".join(page.locator(f"td.{state}").inner_text().split()) == words
    assert " ".join(page.locator("td.as_declared").first.inner_text().split()) == "✓ sex as declared"
    unreadable = page.locator("tbody.unreadable").inner_text()
    assert "error 70009" in unreadable and "Check that secret_key belongs to sdkappid." in unreadable
    tiles = [" ".join(tile.split()) for tile in page.locator(".tiles > div").all_inner_texts()]
    assert page.evaluate("getComputedStyle(document.querySelector('.tiles')).display") == "grid"  # the policy allows it
    assert tiles == ["apps checked 7", "✓ as declared 2", "▲ drifted 4", "✕ unreadable 1"]
    repair = page.locator(".ways").inner_text()
    assert "--limit localhost,app-music,app-shop" in repair
    assert "attr_names: {0: language, 1: city, 5: tier}" in repair


def test_it_prints_as_a_table_on_white_with_the_head_on_each_sheet(visit):
    page = visit("many", width=1047, color_scheme="dark")  # A4, landscape, less its margins
    page.emulate_media(media="print", color_scheme="dark")
    style = "selector => getComputedStyle(document.querySelector(selector))"
    assert page.evaluate(f"({style})('body').backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(f"({style})('thead').display") == "table-header-group"
    assert page.evaluate(f"({style})('td').display") == "table-cell"
    assert not page.locator(".switch").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1047
    assert page.evaluate(OUTSIDE) == []


def test_the_screenshot_is_that_of_the_page(browser, pages):
    """drift_page.py writes it."""
    made, stored = drift_page.screenshot(browser, pages["simulator"]), drift_page.IMAGE.read_bytes()
    assert made[:4] == stored[:4] == b"RIFF"
    assert width_of(browser, made) == width_of(browser, stored)
    assert len(stored) < 120_000


def width_of(browser: Browser, image: bytes) -> int:
    measure = "bytes => createImageBitmap(new Blob([new Uint8Array(bytes)])).then(one => one.width)"
    with browser.new_page() as page:
        return page.evaluate(measure, [*image])
