"""The pages in headless Chromium: no complaint, nothing loaded, sorting and filtering as a reader does it."""

from pathlib import Path

import pytest

from report.chromium import Browser
from report.report_runs import SETS

pytestmark = pytest.mark.slow

_SHOWN = """[...document.querySelectorAll("section.real tbody tr")].filter((row) => !row.hidden)
            .map((row) => row.cells[0].dataset.value)"""


def shown(browser: Browser) -> list[str]:
    """Factors of the rows of real data that are seen, in their order."""
    names: list[str] = browser.evaluate(_SHOWN)
    return names


def click(browser: Browser, key: str) -> str:
    """Click a column's heading; the order that it says it is in."""
    heading = f'document.querySelector("section.real th[data-key={key}]")'
    browser.evaluate(f'{heading}.querySelector("button").click()')
    return str(browser.evaluate(f'{heading}.getAttribute("aria-sort")'))


def test_no_page_complains_or_loads_anything(browser: Browser, report: Path) -> None:
    for path in report.rglob("*.html"):
        for scheme in ("light", "dark"):
            browser.scheme(scheme)
            browser.open(path.as_uri())
            assert browser.complaints == []
            assert browser.requests == [path.as_uri()]
            width = browser.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert width <= 0, f"{path} is wider than its window"


def test_nothing_is_cut(browser: Browser, report: Path) -> None:
    """A logo of 101 bp fits the page, and a model's name is broken between words only."""
    page = next((report / "sets").glob(f"{SETS[0].tf}_*"))
    cut = (
        """[...document.querySelectorAll("article .wide")].filter((box) => box.scrollWidth > box.clientWidth).length"""
    )
    browser.size(1280, 900)
    browser.open(page.as_uri())
    assert browser.evaluate('document.querySelectorAll("article svg.logo").length') > 1
    assert browser.evaluate(cut) == 0
    browser.open((report / "index.html").as_uri())
    broken = """[...document.querySelectorAll("td.model")].flatMap((cell) => {
        const text = cell.firstChild, range = document.createRange();
        return [...text.data.matchAll(/\\S+/g)].filter((word) => {
            range.setStart(text, word.index); range.setEnd(text, word.index + word[0].length);
            return range.getClientRects().length > 1 && word[0].length < 20}).map(String)})"""
    assert browser.evaluate(broken) == []
    words = browser.evaluate('[...document.querySelectorAll("td.model")].map((cell) => cell.firstChild.data)')
    assert "3 conv + 5 highway layers" in words


def test_schemes_differ(browser: Browser, report: Path) -> None:
    colours = []
    for scheme in ("light", "dark"):
        browser.scheme(scheme)
        browser.open((report / "index.html").as_uri())
        colours.append(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(255, 255, 255)", "rgb(20, 23, 27)"]


def test_sorting(browser: Browser, report: Path) -> None:
    browser.open((report / "index.html").as_uri())
    tfs = [s.tf for s in SETS]
    hostile = next(name for name in shown(browser) if "script" in name)
    assert click(browser, "auroc") == "descending"
    assert [name for name in shown(browser) if name != hostile] == tfs
    assert click(browser, "auroc") == "ascending"
    assert [name for name in shown(browser) if name != hostile] == tfs[::-1]
    # What has no number stands last in either order.
    assert click(browser, "difference") == "descending" and shown(browser)[-1] == hostile
    assert click(browser, "difference") == "ascending" and shown(browser)[-1] == hostile
    assert browser.evaluate("location.hash") == "#sort=difference&order=ascending"
    assert click(browser, "tf") == "ascending"
    assert sorted(shown(browser), key=str.lower) == shown(browser)
    assert browser.evaluate('document.querySelectorAll("section.real [aria-sort]").length') == 1
    assert browser.complaints == []


def test_sorting_by_keyboard(browser: Browser, report: Path) -> None:
    browser.open((report / "index.html").as_uri())
    browser.evaluate('document.querySelector("section.real th[data-key=cell] button").focus()')
    browser.press("Tab")
    assert browser.evaluate("document.activeElement.parentElement.dataset.key") == "motif"
    browser.press("Tab")
    browser.press("Enter", "\r")
    assert browser.evaluate("document.activeElement.parentElement.dataset.key") == "match"
    # The smallest q-values are asked for first.
    assert browser.evaluate('document.activeElement.parentElement.getAttribute("aria-sort")') == "ascending"


def test_filters_and_an_address_that_keeps_them(browser: Browser, report: Path) -> None:
    index = (report / "index.html").as_uri()
    browser.open(index)
    assert browser.evaluate('document.querySelector("#filters output").textContent') == "5 of 5 data sets"
    browser.evaluate(
        f"""{{const field = document.querySelector("#filters input"); field.value = "{SETS[1].tf.lower()}";
        field.dispatchEvent(new Event("input"))}}"""
    )
    assert shown(browser) == [s.tf for s in SETS if SETS[1].tf in s.name]
    address = browser.evaluate("location.href")
    browser.open(f"{address}&sort=auroc&order=ascending")
    assert SETS[1].tf in shown(browser) and len(shown(browser)) < 4
    browser.open(f"{index}#cell=K562")
    assert sorted(shown(browser)) == sorted(s.tf for s in SETS)
    browser.open(f"{index}#cell=%3Cscript%3Ealert(1)%3C/script%3E&sort=nothing&tf=%3Cimg%20src=x%3E")
    assert shown(browser) == [] and browser.complaints == []


def test_colours_can_be_chosen(browser: Browser, report: Path) -> None:
    browser.scheme("light")
    browser.open((report / "index.html").as_uri())
    fill = 'getComputedStyle(document.querySelector("use.C")).fill'
    before = browser.evaluate(fill)
    browser.evaluate(
        """{const field = document.querySelector("#colours select"); field.value = "colour-blind";
        field.dispatchEvent(new Event("change"))}"""
    )
    assert browser.evaluate(fill) == "rgb(0, 63, 135)" != before


def test_printing(browser: Browser, report: Path, tmp_path: Path) -> None:
    browser.open(next((report / "sets").glob(f"{SETS[0].tf}_*")).as_uri())
    browser.pdf(tmp_path / "page.pdf")
    content = (tmp_path / "page.pdf").read_bytes()
    assert content.startswith(b"%PDF") and 2 <= content.count(b"/Type /Page\n") <= 8
