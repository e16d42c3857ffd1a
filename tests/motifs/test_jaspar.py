import socket

import numpy as np
import pytest

from demo.compare import core_motifs, matrices_of, primary_matrix, relatives_of, tomtom
from demo.motifs import read_meme
from demo.motifs.jaspar import SUBFAMILY, core_matrices, releases
from demo.utils.errors import DemoError


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("JASPAR must be read offline")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize(("release", "count"), [("2016", 519), ("JASPAR2024", 879), ("2026", 1019)])
def test_counts_of_core_vertebrates(release, count):
    motifs = core_motifs(release)
    assert len(motifs) == count
    bases = [m.name.split(".")[0] for m in motifs]
    assert bases == sorted(set(bases))


def test_same_motifs_as_the_file_that_tomtom_read(shared):
    theirs = read_meme(shared / "golden/JASPAR2016_CORE_vertebrates_nr.meme")
    ours = core_motifs("2016")
    assert [(m.name, m.alt_name, m.nsites) for m in ours] == [(m.name, m.alt_name, m.nsites) for m in theirs]
    assert all(np.array_equal(a.ppm, b.ppm) for a, b in zip(ours, theirs, strict=True))


def test_pyjaspar_chooses_the_same_matrices():
    from pyjaspar import jaspardb

    theirs = jaspardb(release="JASPAR2018").fetch_motifs(collection="CORE", tax_group=["vertebrates"])
    assert sorted(m.matrix_id for m in theirs) == [m.name for m in core_motifs("2018")]


def test_a_tf_by_symbol_whatever_the_case():
    (ctcf,) = matrices_of("ctcf", "2016")
    assert (ctcf.name, ctcf.alt_name, ctcf.width) == ("MA0139.1", "CTCF", 19)
    assert [m.alt_name for m in matrices_of("GATA1", "2016")] == ["Gata1"]


def test_the_fly_has_a_ctcf_of_its_own():
    assert [m.name for m in matrices_of("CTCF", "2016", taxon="insects")] == ["MA0531.1"]
    assert [m.name for m in matrices_of("CTCF", "2016", species="9606")] == ["MA0139.1"]
    assert matrices_of("CTCF", "2016", species="7227") == []


def test_latest_version_and_variants_last():
    assert [m.name for m in matrices_of("MAX", "2016")] == ["MA0058.3"]
    assert [m.alt_name for m in matrices_of("JUND", "2016")] == ["JUND", "JUND(var.2)"]
    assert [m.alt_name for m in matrices_of("JUN", "2014")] == ["JUN", "JUN (var.2)"]
    assert primary_matrix("JUND").name == "MA0491.1"


def test_ctcf_is_not_ctcfl():
    assert [m.alt_name for m in matrices_of("CTCFL", "newest")] == ["CTCFL"]
    assert {m.alt_name for m in matrices_of("CTCF", None)} == {"CTCF"}
    assert matrices_of("CTCFL", "2016") == []


def test_heterodimers_and_family_are_kept_apart():
    around = relatives_of("MAX", "2016")
    assert [m.alt_name for m in around.heterodimers] == ["MAX::MYC"]
    family = {m.alt_name for m in around.family}
    assert {"USF1", "Myc"} <= family
    assert not {"MAX", "MAX::MYC"} & family


def test_zinc_fingers_have_their_subfamily_for_a_family():
    assert {m.alt_name for m in relatives_of("yy1", "2016").family} == {"YY2"}
    assert {m.alt_name for m in relatives_of("YY1", "newest").family} == {"YY2", "ZFP42"}
    assert {m.alt_name for m in relatives_of("CTCFL", "2016").family} == {"CTCF"}
    assert relatives_of("ZNF263", "newest").family == []


def test_every_subfamily_of_zinc_fingers_holds_two_factors_that_bind_alike():
    matrices = core_motifs("2026")
    factors = {factor for factor in SUBFAMILY if matrices_of(factor, "2026")}
    queries = [motif for factor in sorted(factors) for motif in matrices_of(factor, "2026")]
    found = tomtom(queries, matrices)
    alike = found[found["q-value"] < 0.05]
    factor_of = {motif.name: motif.alt_name.upper() for motif in matrices}
    pairs = {
        (factor_of[query], factor_of[target])
        for query, target in zip(alike["Query_ID"], alike["Target_ID"], strict=True)
    }
    for factor in factors:
        subfamily = SUBFAMILY[factor]
        assert any(one != other and {one, other} <= subfamily for one, other in pairs), subfamily


def test_no_matrix_is_an_empty_list_or_an_error_with_what_is_near():
    for tf in ("TAF7", "EP300"):
        assert matrices_of(tf) == []
        with pytest.raises(DemoError, match=f"no matrix of {tf}"):
            primary_matrix(tf)
    with pytest.raises(DemoError) as caught:
        primary_matrix("TAL1")
    assert str(caught.value.exists).startswith("TAL1::TCF3 (MA0091.1), GATA1::TAL1 (MA0140.2)")


def test_unknown_release_or_taxon_lists_those_there_are():
    with pytest.raises(DemoError, match="no JASPAR release '2019'") as caught:
        core_motifs("2019")
    assert "2016" in str(caught.value.exists)
    with pytest.raises(DemoError, match="no taxon 'birds'") as caught:
        core_motifs("2016", taxon="birds")
    assert "vertebrates" in str(caught.value.exists)


def test_newest_is_the_last_release_installed():
    assert releases()[-1] >= "2026"
    assert core_matrices(None) is core_matrices("newest") is core_matrices(releases()[-1])
