# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site in a browser: each page is opened as a reader does. make docs-test builds it first."""

from __future__ import annotations

import functools
import re
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / ".tox" / "docs" / "html"
PAGES = sorted(str(file.relative_to(SITE)) for file in SITE.rglob("*.html"))
FIGURES = sorted((ROOT / "docs/docsite/rst/images").glob("*.svg"))
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
    source = ROOT / "docs" / "docsite" / "rst"
    assert {f"docsite/{guide.stem}.html" for guide in source.glob("*.rst")} <= set(PAGES)


def test_the_page_of_environment_variables_lists_those_that_the_code_reads():
    code = "".join(file.read_text() for file in (ROOT / "plugins" / "module_utils").rglob("*.py"))
    read = set(re.findall(r'"(TENCENT_CHAT_[A-Z_]+)"', code))
    assert len(read) >= 7
    page = text_of("docsite/environment_variables.html")
    assert set(re.findall(r'id="envvar-([A-Z_]+)"', page)) == read
    # With this list antsibull-docs makes a link of each variable that an option names.
    declared = yaml.safe_load((ROOT / "docs" / "docsite" / "config.yml").read_text())["envvar_directives"]
    assert set(declared) == read
    for name in read:
        assert f'href="docsite/environment_variables.html#envvar-{name}"' in text_of("chat_push_attr_names_module.html")


def test_the_sidebar_has_a_group_of_guides_and_a_group_of_reference_pages(visit):
    groups = visit.page.evaluate("""[...document.querySelectorAll(".sidebar-tree .caption")].map(caption => [
        caption.innerText.trim().toLowerCase(),
        [...caption.nextElementSibling.querySelectorAll("a")].map(link => link.href),
    ])""")
    assert [name for name, _links in groups] == ["guides", "reference"]
    sections = yaml.safe_load((ROOT / "docs" / "docsite" / "extra-docs.yml").read_text())["sections"]
    plugins = {Path(page).stem for page in PAGES if page.endswith(("_module.html", "_filter.html", "_role.html"))}
    guides, reference = ([Path(urlsplit(link).path).stem for link in links] for _name, links in groups)
    assert guides == sections[0]["toctree"]
    assert reference[len(plugins) :] == sections[1]["toctree"]
    assert set(reference[: len(plugins)]) == plugins


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


@pytest.mark.parametrize("width", [360, 1280])
def test_no_title_breaks_inside_a_word(visit, width):
    visit.page.set_viewport_size({"width": width, "height": 800})
    assert visit.page.evaluate(BROKEN_WORDS) == []


BROKEN_WORDS = """() => {
    const broken = [];
    for (const title of document.querySelectorAll("h1, h2, h3, .sidebar-tree a")) {
        const walker = document.createTreeWalker(title, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            for (const word of walker.currentNode.data.matchAll(/[^\\s-]+/g)) {
                const range = document.createRange();
                range.setStart(walker.currentNode, word.index);
                range.setEnd(walker.currentNode, word.index + word[0].length);
                if (new Set([...range.getClientRects()].map(line => line.top)).size > 1) broken.push(word[0]);
            }
        }
    }
    return broken;
}"""


# What the reader's system asks for, and what the switch at the top of the page says.
SCHEMES = [("light", "auto"), ("dark", "auto"), ("light", "dark"), ("dark", "light")]
CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations", "incomplete"]}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(("system", "chosen"), SCHEMES)
def test_text_has_contrast_in_each_color_scheme(visit, system, chosen, width):
    visit.page.set_viewport_size({"width": width, "height": 800})
    visit.page.emulate_media(color_scheme=system, reduced_motion="reduce")
    visit.page.evaluate("chosen => document.body.dataset.theme = chosen", chosen)
    dark = visit.page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == ("dark" in (chosen, system) and chosen != "light")
    found = Axe().run(visit.page, options=CONTRAST).response
    # axe leaves some undecided: only those that it measured, not code that is scrolled out of sight.
    faint = [
        (node["html"][:120], check["data"])
        for kind in ("violations", "incomplete")
        for rule in found[kind]
        for node in rule["nodes"]
        for check in node["any"]
        if check["data"].get("fgColor")
    ]
    assert faint == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("figure", FIGURES, ids=lambda file: file.stem)
def test_a_figure_is_legible_on_a_telephone(browser, figure, scheme):
    page = browser.new_page(viewport={"width": 400, "height": 1600}, color_scheme=scheme)
    page.set_content(f"<body style='margin: 16px'>{figure.read_text()}<style>svg {{width: 368px; height: auto}}")
    texts = page.evaluate(TEXTS_OF_FIGURE)
    page.close()
    assert len(texts) > 5
    for text in texts:
        assert text["size"] >= 11, text
        assert text["inside"], text
        assert contrast(text["color"], text["behind"]) >= 4.5, text


def test_the_figure_of_a_task_states_the_times_that_were_measured():
    page = (ROOT / "docs" / "docsite" / "rst" / "benchmark.rst").read_text()
    figure = next(file for file in FIGURES if file.stem == "task").read_text()
    for row, place in (("one task", "for one task alone"), ("loop of 100 apps", "in a loop")):
        measured = re.search(rf"\* - {row}\n     - ([\d.]+)\n     - ([\d.]+)\n", page).groups()
        assert re.findall(rf">(\d+) ms (?:of work )?{place}<", figure) == [f"{float(time):.0f}" for time in measured]


# Of each text: its size on the screen, its color, and the color of the shape that it lies on.
TEXTS_OF_FIGURE = """() => [...document.querySelectorAll("svg text")].map(text => {
    const box = text.getBoundingClientRect();
    const under = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2)
        .find(element => ["rect", "path"].includes(element.tagName));
    const panel = under.getBoundingClientRect();
    return {
        words: text.textContent,
        size: parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a,
        inside: panel.left <= box.left && box.right <= panel.right
            && panel.top <= box.top && box.bottom <= panel.bottom,
        color: getComputedStyle(text).fill,
        behind: getComputedStyle(under).fill,
    };
})"""


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two opaque colors, as WCAG 2.2 defines it."""
    lighter, darker = sorted(map(luminance, (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    channels = [int(channel) / 255 for channel in re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", color).groups()]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
