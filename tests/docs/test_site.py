# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site in a browser: each page is opened as a reader does. nox -e docs-test builds it first."""

from __future__ import annotations

import base64
import contextlib
import functools
import re
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urldefrag, urlsplit

import browsing
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from browsing import channels, contrast, watch
from playwright.sync_api import Locator, Page

browser = browsing.browser
ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / ".nox" / "site" / "html"
PAGES = sorted(str(file.relative_to(SITE)) for file in SITE.rglob("*.html"))
FIGURES = sorted((ROOT / "docs/docsite/rst/images").glob("*.svg"))
SECTIONS = yaml.safe_load((ROOT / "docs" / "docsite" / "extra-docs.yml").read_text())["sections"]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(SITE))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def page_of(browser, address) -> Iterator[Callable[..., Page]]:
    """Opens a page of the site, or an empty one, with these settings of the browser."""
    with contextlib.ExitStack() as stack:

        def open_page(name: str = "", width: int = 1280, height: int = 900, **settings) -> Page:
            page = stack.enter_context(browser.new_page(viewport={"width": width, "height": height}, **settings))
            if name:
                page.goto(f"{address}/{name}", wait_until="networkidle")
            return page

        yield open_page


class Visit(NamedTuple):
    name: str
    page: Page
    troubles: list[str]

    def resize(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 800})


@pytest.fixture(scope="module", params=PAGES)
def visit(request, browser, address) -> Iterator[Visit]:
    """Each page, loaded once for all that is asked of it."""
    with browser.new_page(viewport={"width": 1280, "height": 900}) as page:
        troubles = watch(page, address)
        page.goto(f"{address}/{request.param}", wait_until="networkidle")
        yield Visit(request.param, page, troubles)


@functools.cache
def text_of(name: str) -> str:
    return (SITE / name).read_text()


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


def test_the_sidebar_has_the_groups_of_extra_docs(visit):
    groups = visit.page.evaluate("""[...document.querySelectorAll(".sidebar-tree .caption")].map(caption => [
        caption.innerText.trim().toLowerCase(),
        [...caption.nextElementSibling.querySelectorAll("a")].map(link => link.href),
    ])""")
    assert [name for name, _links in groups] == [section["title"].lower() for section in SECTIONS]
    kinds = {"module": "plugins/modules/*.py", "filter": "plugins/filter/*.py", "role": "roles/*"}
    plugins = {f"{file.stem}_{kind}" for kind, files in kinds.items() for file in ROOT.glob(files)}
    shown = [[Path(urlsplit(link).path).stem for link in links] for _name, links in groups]
    assert set(shown[-1][: len(plugins)]) == plugins
    listed = [section["toctree"] for section in SECTIONS]
    assert [*shown[:-1], shown[-1][len(plugins) :]] == [*listed[:-1], [*listed[-1], "changelog"]]


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


# The tables that are wider than what is around them, and the words of titles that are on two lines.
CUT = """[...document.querySelectorAll("article table")].filter(table => {
    const around = table.closest(".table-wrapper") || table.parentElement;
    return table.getClientRects().length && table.scrollWidth > around.clientWidth + 1;
}).map(table => table.innerText.slice(0, 60))"""
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


@pytest.mark.parametrize("width", [360, 700, 1280])
def test_nothing_runs_out_of_the_page_no_table_is_cut_off_and_no_title_breaks_inside_a_word(visit, width):
    visit.resize(width)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.page.evaluate(CUT) == []
    assert visit.page.evaluate(BROKEN_WORDS) == []


def test_a_table_becomes_cards_on_a_telephone(page_of):
    page = page_of("docsite/known.html", 400)
    heads, does = page.locator("table.cards thead"), page.get_by_text("what the collection does:")
    rows = page.locator("table.cards tbody tr")
    assert rows.count() == does.count() > 20
    assert not any(head.is_visible() for head in heads.all())
    for row, label in zip(rows.all(), does.all()):
        question, status, known, _does = (cell.bounding_box() for cell in row.locator("td").all())
        assert question["y"] < status["y"] < known["y"] < label.bounding_box()["y"]
        assert label.is_visible() and label.bounding_box()["width"] < 368
    page.set_viewport_size({"width": 1280, "height": 800})
    assert all(head.is_visible() for head in heads.all())
    assert not any(label.is_visible() for label in does.all())


def test_no_line_of_code_is_longer_than_the_page(visit):
    longest = [line for code in visit.page.locator("pre").all() for line in code.inner_text().splitlines()]
    assert [line for line in longest if len(line) > 92] == []


def test_code_that_continues_to_the_right_says_so(visit):
    visit.resize(400)
    visit.page.wait_for_timeout(100)
    for code in visit.page.locator(".highlight > pre").all():
        wider = code.evaluate("code => code.scrollWidth - code.clientWidth")
        assert code.evaluate(ARROW) == (wider > 1)
        if wider > 1:
            assert code.get_attribute("tabindex") == "0"
            code.evaluate("code => code.scrollLeft = code.scrollWidth")
            visit.page.wait_for_function(f"code => !({ARROW})(code)", arg=code.element_handle(), timeout=5000)
            assert code.evaluate(ENDS) < code.evaluate(BUTTON)


# Whether there is an arrow over the right end of a block.
ARROW = "code => getComputedStyle(code.parentElement, '::after').content.includes('→')"
# Where the longest line ends, and where the copy button begins.
ENDS = """code => {
    const range = document.createRange();
    range.selectNodeContents(code);
    return Math.max(...[...range.getClientRects()].map(line => line.right));
}"""
BUTTON = "code => code.parentElement.querySelector('button').getBoundingClientRect().left"


def commands(session: str) -> str:
    """Return what a reader pastes into a shell."""
    return "\n".join(found.rstrip("\n") for found in re.findall(r"^\$ ((?:.*\\\n)*.*)", session, re.M))


def test_the_button_copies_commands_without_their_output_and_all_of_other_code(visit):
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.resize(1280)
    for code in visit.page.locator(".highlight > pre").all():
        code.hover()
        button = code.locator("xpath=../button")
        button.click()
        assert button.evaluate("button => getComputedStyle(button).opacity") == "1"
        copied = visit.page.evaluate("navigator.clipboard.readText()")
        assert copied.strip() == (commands(code.inner_text()) or code.inner_text().strip())


def test_a_touch_screen_always_shows_the_copy_button(page_of):
    button = page_of("index.html", has_touch=True, is_mobile=True).locator("button.copybtn").first
    assert button.evaluate("button => getComputedStyle(button).opacity") == "1"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_diff_shows_in_green_what_is_added_and_in_red_what_is_removed(page_of, scheme):
    def color(part: Locator) -> str:
        return part.first.evaluate("part => getComputedStyle(part).color")

    session = page_of("index.html", color_scheme=scheme).locator(".highlight-console", has_text="+++ after")
    added = ['+    "0": "sex",', '+    "1": "city",', '+    "2": "country",']
    assert [line.strip() for line in session.locator(".gi").all_inner_texts()] == added
    assert len({color(session.locator(kind)) for kind in (".gi", ".gu", "pre")}) == 3
    assert "changed" not in " ".join(session.locator(".gi, .gd, .gh, .gu").all_inner_texts())
    guide = page_of("docsite/guide_push.html", color_scheme=scheme)
    (red, green, _blue), (other_red, other_green, _other_blue) = (
        channels(color(guide.locator(f".highlight-console {kind}"))) for kind in (".gi", ".gd")
    )
    assert red < green and other_red > other_green


def test_the_front_page_describes_each_page_that_it_lists_in_one_line(page_of):
    page = page_of("index.html")
    about = yaml.safe_load((ROOT / "tests" / "docs" / "about.yml").read_text())
    for name in [name for section in SECTIONS for name in section["toctree"]]:
        item = page.locator("article li", has=page.locator(f'a[href="docsite/{name}.html"]'))
        assert re.fullmatch(r".+: " + re.escape(about[name]), item.inner_text().strip())
        assert len(about[name]) > 20 and about[name].endswith(".")
        assert item.bounding_box()["height"] < 30, name


def test_each_entry_of_the_sidebar_is_unique_and_legible_without_a_font_for_chinese(visit):
    entries = visit.page.locator(".sidebar-tree a").all_inner_texts()
    assert len(entries) > 20 and len(set(entries)) == len(entries)
    assert [entry for entry in entries if not re.search("[A-Za-z]{4}", entry)] == []


# What the reader's system asks for, and what the switch at the top of the page says.
SCHEMES = [("light", "auto"), ("dark", "auto"), ("light", "dark"), ("dark", "light")]
CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations", "incomplete"]}


def choose(visit: Visit, system: str, chosen: str) -> None:
    visit.page.emulate_media(color_scheme=system, reduced_motion="reduce")
    visit.page.evaluate("chosen => document.body.dataset.theme = chosen", chosen)


# axe takes about a second, so light colors are measured on a small screen, and dark colors on a large one.
@pytest.mark.parametrize(("system", "chosen", "width"), [("light", "auto", 360), ("light", "dark", 1280)])
def test_text_has_contrast_in_light_and_in_dark_colors(visit, system, chosen, width):
    visit.resize(width)
    choose(visit, system, chosen)
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


@pytest.mark.parametrize(("system", "chosen"), SCHEMES)
def test_a_page_and_its_figures_have_the_background_of_the_color_scheme(visit, system, chosen):
    visit.resize(400)
    choose(visit, system, chosen)
    page = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (page != "rgb(255, 255, 255)") == ("dark" in (chosen, system) and chosen != "light")
    for image in visit.page.locator('article img[src$=".svg"]').all():
        corner = visit.page.evaluate(CORNER, base64.b64encode(image.screenshot()).decode())
        assert contrast(corner, page) < 1.05


# The color near the upper left corner of a screenshot.
CORNER = """async shot => {
    const image = new Image();
    image.src = "data:image/png;base64," + shot;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return "rgb(" + [...canvas.getImageData(3, 3, 1, 1).data.slice(0, 3)].join(", ") + ")";
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("figure", FIGURES, ids=lambda file: file.stem)
def test_a_figure_is_legible_on_a_telephone(page_of, figure, scheme):
    page = page_of(width=400, height=1600, color_scheme=scheme)
    page.set_content(f"<body style='margin: 16px'>{figure.read_text()}<style>svg {{width: 368px; height: auto}}")
    texts = page.evaluate(TEXTS_OF_FIGURE)
    assert len(texts) > 5
    for text in texts:
        assert text["size"] >= 11, text
        assert text["inside"], text
        assert contrast(text["color"], text["behind"]) >= 4.5, text


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
