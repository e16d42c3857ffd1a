"""The pages as text: what they say, that nothing in them can do harm, and that they need nothing from elsewhere."""

import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from demo.compare.comparison import COMPARED
from demo.report import made_of
from demo.report.write import write_report
from demo.runs.ensemble_motifs import keep
from demo.runs.result import MotifResult
from demo.study.study import study_of
from demo.utils.errors import DemoError
from demo.utils.files import write_json
from report.report_runs import HOSTILE, SCRIPT, SETS, copied, of_catalogue

pytestmark = pytest.mark.slow

_VOID = {"meta", "link", "input", "br", "img"}
_LOADING = {"src", "srcset", "data", "poster", "xlink:href", "action"}


class Page(HTMLParser):
    """Whether tags are balanced and tables rectangular; ids, links, what is loaded, and the visible text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.open, self.problems = path, list[str](), list[str]()
        self.tags, self.ids, self.links, self.loads = list[str](), list[str](), list[str](), list[str]()
        self.cells = list[int]()  # of each row of the table it is in
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        self.problems += [f"{tag} is not closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.cells.append(0)
        elif tag in ("th", "td"):
            self.cells[-1] += int(dict(attrs).get("colspan") or 1)
        names = [name for name, _ in attrs]
        self.problems += [f"{tag} has {name} twice" for name in {n for n in names if names.count(n) > 1}]
        self.problems += [f"{tag} has {name}" for name in names if name.startswith("on")]
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in _LOADING or name == "href":
                self.loads.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> at {self.getpos()}")
        if tag == "table":
            self.problems += [f"rows of {self.cells} cells at {self.getpos()}"] if len(set(self.cells)) > 1 else []
            self.cells = []


@pytest.fixture(scope="module")
def pages(report: Path) -> list[Page]:
    return [Page(path) for path in sorted(report.rglob("*.html"))]


def test_there_is_a_page_for_each_set_and_the_html_is_sound(report: Path, pages: list[Page]) -> None:
    assert len(pages) == 6 and (report / "index.html").exists()
    for page in pages:
        assert page.problems == [], page.path
        assert len(page.ids) == len(set(page.ids)), page.path
        assert page.tags.count("script") == 1 and page.tags.count("h1") == 1


def test_every_link_leads_to_a_file(pages: list[Page]) -> None:
    for page in pages:
        for target in page.links:
            name, _, fragment = target.partition("#")
            if name:
                assert (page.path.parent / unquote(name)).is_file(), f"{page.path}: {target}"
            else:
                assert fragment in page.ids
    assert sum(len(page.links) for page in pages) > 60


def test_nothing_is_loaded(pages: list[Page]) -> None:
    for page in pages:
        assert all(target.startswith("#base-") or target == "data:," for target in page.loads), page.loads
        assert {target.removeprefix("#") for target in page.loads if target[0] == "#"} <= set(page.ids)
        style = re.search(r"<style>(.*?)</style>", page.path.read_text(encoding="utf-8"), re.DOTALL)
        assert style and "url(" not in style[1] and "@import" not in style[1]


def test_users_strings_do_no_harm(report: Path, pages: list[Page]) -> None:
    for page in pages:
        text = page.path.read_text(encoding="utf-8")
        assert SCRIPT not in text and "<img" not in text
        assert "img" not in page.tags
    hostile = next(page.path for page in pages if "alert" in page.path.name)
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", hostile.name)
    text = hostile.read_text(encoding="utf-8")
    # In heading, title, command, notes, motif, configuration and versions.
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 12
    index = (report / "index.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in index and hostile.name in index


def test_index(report: Path) -> None:
    text = (report / "index.html").read_text(encoding="utf-8")
    assert "Partial study: 3 of the paper&#39;s 108 K562 sets" in text
    study = study_of(report.parents[1])
    assert study.comparison is not None
    assert f"<strong>{study.comparison.wins} of 3</strong>" in text and "paper: 92 of 108" in text
    real, simulated = re.findall(r"<tbody>(.*?)</tbody>", text, re.DOTALL)
    assert real.count("<tr ") == 4 and simulated.count("<tr ") == 1
    assert "MAX_simulated" in simulated and ">simulated</span>" in simulated and "MAX_simulated" not in real
    assert "say nothing about real binding" in text
    for row in study.compared:
        assert f'data-value="{row.difference}"' in real
    assert real.count('class="logo"') == 3 and "no motif" in real
    assert "is unfinished" not in text and "failed" in text
    figure = re.search(r'<svg class="chart bars".*?</svg>', text, re.DOTALL)
    assert figure and figure[0].count("<a ") == 3


def test_page_of_a_data_set(page: Callable[[str], str]) -> None:
    text = page(f"{SETS[0].tf}_")
    assert "Not available: " not in text
    for heading in ("Class motif", "Best window", "Full optimum"):
        assert f"<h3>{heading}</h3>" in text
    assert text.count('class="chart"') == 5 and text.count('class="track long"') == 5
    assert "MEME version" in text and "highway_layers: 5" in text
    assert re.search(r"<code>[0-9a-f]{64}</code>", text)
    assert "trainer.epochs=2" in text and "model.channels=8" in text and "--config" not in text
    assert "<dt>validation</dt>" in text
    assert 'href="../index.html"' in text and 'rel="next"' in text


def test_motifs_against_jaspar(report: Path, runs: Path, page: Callable[[str], str]) -> None:
    text = page(f"{SETS[0].tf}_")
    comparison = study_of(runs).real[0].motifs
    assert comparison is not None and [part.release for part in comparison.releases] == ["2016", "2026"]
    for part in comparison.releases:
        assert f"<h3>JASPAR {part.release}</h3>" in text and "No matrix of" in text
        best = part.motifs["class_motif"].best
        assert best is not None and f"{best.name}</span> {best.matrix_id}" in text
    newest = comparison.releases[-1].motifs["class_motif"].best
    index = (report / "index.html").read_text(encoding="utf-8")
    assert newest is not None and f'data-value="{newest.q}"><span class="relation other">{newest.name}</span>' in index


def test_motifs_of_ensemble_motifs_have_a_part_of_their_own(trained: Path, tmp_path: Path) -> None:
    run = copied(trained, tmp_path / "runs", SETS[0].name, **of_catalogue(0))
    other = run.with_name("seed1")
    shutil.copytree(run, other)
    write_json(other / "result.json", json.loads((other / "result.json").read_text()) | {"seed": 1})
    shutil.copytree(run / "motifs", run.with_name("motifs"))

    def page() -> str:
        index = write_report(study_of(tmp_path / "runs"), tmp_path / "report")
        (path,) = (index.parent / "sets").iterdir()
        assert Page(path).problems == []
        return path.read_text(encoding="utf-8")

    before, digest = page(), made_of(study_of(tmp_path / "runs"), "classic", None)
    assert "Joint motifs" not in before and "mean of 2 seeds" in before
    keep([run, other], MotifResult({}))
    assert made_of(study_of(tmp_path / "runs"), "classic", None) != digest
    text = page()
    assert "<h2>Joint motifs of 2 seeds</h2>" in text and "validation peaks of seed 0" in text
    assert "<h2>Joint motifs of 2 seeds compared with JASPAR</h2>" in text and "Not available: " not in text
    assert text.count("<h3>Class motif</h3>") == 2 and before.count("<h3>Class motif</h3>") == 1


def test_a_simulated_set_says_so_on_its_page(page: Callable[[str], str]) -> None:
    text = page("MAX_simulated")
    assert "Nothing on this page says anything about real binding" in text and ">simulated</span>" in text


def test_what_is_missing_is_said(page: Callable[[str], str]) -> None:
    text = page(f"{SETS[2].tf}_")
    for reason in (
        "The run has no motifs",
        "predictions.tsv is missing",
        "metrics.csv is missing",
        "config.yaml is missing",
    ):
        assert f"Not available: {reason}" in text
    assert "<pre>deep-motif train" not in text


def test_another_test_file_is_not_taken_for_the_runs(trained: Path, tmp_path: Path) -> None:
    facts = json.loads((trained / "result.json").read_text())["data"]
    stored = Path(facts["test"])
    other = tmp_path / "data" / stored.name
    other.parent.mkdir()
    other.write_bytes(b"something else")
    copied(trained, tmp_path / "runs", "TOY", data={**facts, "test": str(tmp_path / "moved" / stored.name)})
    study, text = study_of(tmp_path / "runs"), []
    for data in (None, other.parent, stored.parent):
        index = write_report(study, tmp_path / "report", data=data)
        (page,) = (index.parent / "sets").iterdir()
        text.append(page.read_text())
    assert "Not available: A data file of this run is missing" in text[0]
    assert "Not available: This file has changed since the run" in text[1]
    assert text[2].count('class="track long"') == 5


def test_pages_of_sets_that_are_gone_go(report: Path, trained: Path, tmp_path: Path) -> None:
    runs, folder = tmp_path / "runs", tmp_path / "report"
    for name in ("A", "B"):
        copied(trained, runs, name, dataset=name)
    write_report(study_of(runs), folder)
    write_json(runs / "B/conv3_hw5/seed0/result.json", {"status": "failed", "error": "diverged"})
    write_report(study_of(runs), folder)
    assert [path.name for path in (folder / "sets").iterdir()] == ["A.html"]


def test_the_papers_counts_of_motifs_stand_below_ours(trained: Path, tmp_path: Path) -> None:
    run = copied(trained, tmp_path / "runs", SETS[0].name, **of_catalogue(0))
    content = json.loads((run / "motifs" / "comparison.json").read_text())
    for part in content["releases"]:
        part["own_matrices"] = ["MA0139.1"]
    write_json(run / "motifs" / "comparison.json", content)
    index = write_report(study_of(tmp_path / "runs"), tmp_path / "report")
    assert Page(index).problems == []
    text = index.read_text(encoding="utf-8")
    parts = r"<thead>(.*?)</thead>\s*<tbody>(.*?)</tbody>\s*<tfoot>(.*?)</tfoot>"
    ((head, counts, papers),) = re.findall(parts, text[text.index("Motifs compared with JASPAR") :], re.DOTALL)
    titles = re.findall(r"<th [^>]*>(.*?)</th>", head)
    assert counts.count("<tr>") == 2 * len(COMPARED)
    cells = dict(zip(titles[1:], re.findall("<td>(.*?)</td>", papers), strict=True))
    assert cells["Own matrix matched, q &lt; 0.5"] == "36"
    assert cells["AMA above JASPAR's on most positives"] == "29"


def test_an_empty_study_and_bad_colours(tmp_path: Path) -> None:
    index = write_report(study_of(tmp_path), tmp_path / "report")
    assert "No run has finished" in index.read_text() and Page(index).problems == []
    with pytest.raises(DemoError, match="colours is 'pink'"):
        write_report(study_of(tmp_path), tmp_path / "report", colours="pink")


def test_colours(runs: Path, tmp_path: Path) -> None:
    index = write_report(study_of(runs), tmp_path, colours="colour-blind")
    assert '<body data-colours="colour-blind">' in index.read_text(encoding="utf-8")
    assert HOSTILE not in index.read_text(encoding="utf-8")
