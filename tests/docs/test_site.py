# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site in a browser: each page is opened as a reader does. make docs-test builds it first."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

SITE = Path(__file__).resolve().parents[2] / ".tox" / "docs" / "html"
PAGES = sorted(str(file.relative_to(SITE)) for file in SITE.rglob("*.html"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(SITE))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        # Without one on the PATH it is that of "playwright install chromium".
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


class Visit:
    """A page, and what went wrong while it was loaded."""

    def __init__(self, name: str, page: Page, url: str) -> None:
        self.name, self.page, self.troubles = name, page, []
        page.on("console", lambda message: self.note(message.type in ("error", "warning"), message.text))
        page.on("pageerror", lambda error: self.note(True, str(error)))
        page.on("requestfailed", lambda request: self.note(True, f"failed: {request.url}"))
        page.on("response", lambda response: self.note(response.status >= 400, f"{response.status}: {response.url}"))
        page.on(
            "request", lambda request: self.note(not request.url.startswith((self.host(url), "data:")), request.url)
        )
        page.goto(url, wait_until="networkidle")

    def note(self, wrong: bool, what: str) -> None:
        if wrong:
            self.troubles.append(what)

    @staticmethod
    def host(url: str) -> str:
        return "{0.scheme}://{0.netloc}".format(urlsplit(url))


@pytest.fixture(scope="module", params=PAGES)
def visit(request, browser, address) -> Iterator[Visit]:
    """Each page, loaded once for all that is asked of it."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield Visit(request.param, page, f"{address}/{request.param}")
    page.close()


@functools.cache
def text_of(name: str) -> str:
    return (SITE / name).read_text()


def test_the_site_has_what_a_reader_looks_for():
    assert {"index.html", "chat_push_attr_names_module.html", "chat_push_attr_names_info_module.html"} <= set(PAGES)
    assert {"usersig_filter.html", "usersig_decode_filter.html", "push_attr_names_role.html"} <= set(PAGES)
    source = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst"
    assert {f"docsite/{guide.stem}.html" for guide in source.glob("*.rst")} <= set(PAGES)


def test_a_page_loads_without_a_complaint_and_from_here_alone(visit):
    assert visit.troubles == []
    assert visit.page.title() and "ERROR" not in visit.page.inner_text("body")
    if visit.name not in ("search.html", "genindex.html"):
        assert visit.page.locator("h1").count() == 1


def test_each_image_is_shown_and_has_words_for_those_who_do_not_see_it(visit):
    for image in visit.page.locator("article img").all():
        image.scroll_into_view_if_needed()
        assert image.evaluate("image => image.complete && image.naturalWidth") > 100
        assert image.get_attribute("alt")


def test_each_link_leads_somewhere(visit, address):
    links = visit.page.evaluate("[...document.querySelectorAll('a[href]')].map(link => link.href)")
    assert links
    for link in links:
        url, anchor = urldefrag(link)
        if not url.startswith(address):
            assert urlsplit(url).scheme == "https" and "." in urlsplit(url).netloc, link
            continue
        target = unquote(urlsplit(url).path).lstrip("/") or "index.html"
        assert (SITE / target).is_file(), link
        if anchor and target.endswith(".html"):
            assert f'id="{unquote(anchor)}"' in text_of(target), link


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_runs_out_of_the_page(visit, width):
    visit.page.set_viewport_size({"width": width, "height": 800})
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
