"""A run on labelled sequences of three classes, from the table to its motifs and predictions."""

import csv

import numpy as np
import pytest

import demo


@pytest.mark.slow
def test_three_classes_are_trained_explained_and_predicted(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    lines = ["sequence,label"]
    for label, site in (("left", "GGUA"), ("right", "CCAU"), ("none", "")):
        for _ in range(60):
            sequence = "".join(random.choice(list("ACGU"), 16))
            lines.append(f"{sequence[:6]}{site}{sequence[6 + len(site) :]},{label}")
    (tmp_path / "rna.csv").write_text("\n".join(lines) + "\n")
    model = demo.train(
        "rna",
        {"path": str(tmp_path / "rna.csv"), "alphabet": "rna", "fixed_positions": True, "junction": 8},
        model={"channels": 8, "highway_layers": 1, "pool": 1},
        trainer={"steps": 60},
        logger="csv",
        **{"motif.extraction.sketch.steps": 0, "motif.extraction.paper.steps": 40, "motif.classes": ["left", "right"]},
    )
    assert model.task.classes == ("left", "none", "right")
    p = model.predict(["AAAAAAGGUAAAAAAA", "AAAAAACCAUAAAAAA"])
    assert p.shape == (2, 3) and p.argmax(1).tolist() == [0, 2] and np.allclose(p.sum(1), 1)
    with open(model.run / "predictions.tsv", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert list(rows[0]) == ["sequence_id", "label", "left", "none", "right"] and len(rows) == 36
    (motif,) = demo.read_meme(model.run / "motifs" / "left" / "motifs.meme")
    assert motif.alphabet.name == "rna"
    assert "".join("ACGU"[i] for i in motif.ppm[6:10].argmax(1)) == "GGUA", motif.ppm[6:10]
    best = demo.predict(model, ["AAAAAAGGUAAAAAAAAAAAAACCAUAAAAAA"])
    assert best["best_for"].tolist() == ["left", "none", "right"] and best["start"].tolist()[::2] == [0, 16]
    scored = demo.predict(model, ["AAAAAAGGUAAAAAAA"])
    assert scored.loc[0, "predicted"] == "left" and scored.loc[0, "probability_left"] == pytest.approx(
        p[0, 0], abs=1e-6
    )
