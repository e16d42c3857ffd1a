# %% [markdown]
# # In a notebook
#
# Train a small network, score sequences with it, look at what it learned, compare that with JASPAR, and write a
# report. The data are **simulated**: sites of JASPAR's CTCF matrix planted in random sequences, with nothing to
# download. The results say nothing about CTCF in a cell.
#
# It takes about half a minute, as a notebook or as the script `examples/tutorial.py`, in which `# %%` starts a cell.

# %%
import subprocess
import sys
from pathlib import Path

import demo
from demo.compare import core_motifs
from demo.report.write import write_report
from demo.study.study import study_of

RUNS = Path("tutorial_runs")

# %% [markdown]
# ## Train
# Models are trained on the command line; the same command again finds the finished run. A real model uses the
# defaults (12,000 steps, 128 channels); this one is reduced to train in seconds.

# %%
subprocess.run(
    [sys.executable, "-m", "demo", "train", "tf=CTCF", "data=simulated", f"paths.runs={RUNS}", "logger=csv",
     "trainer.steps=400", "model.channels=32", "motif.extraction.window.starts=12", "callbacks.progress_bar=null"],
    check=True,
)  # fmt: skip
run = next(RUNS.glob("CTCF_simulated/*/seed0"))

# %% [markdown]
# ## Use the model

# %%
model = demo.load(run)
model

# %%
test = demo.read_seq_gz(RUNS / "simulated" / "CTCF_simulated_B.seq.gz")
probabilities = model.predict(test.codes)
for name, group in (("bound", test.labels == 1), ("shuffled", test.labels == 0)):
    print(f"{name:>8}: mean probability {probabilities[group].mean():.2f} of {group.sum()} sequences")

# %% [markdown]
# `demo.predict` takes strings, FASTA, `.seq.gz`, BED and VCF files, and one run or several, and returns a table:

# %%
table = demo.predict(model, RUNS / "simulated" / "CTCF_simulated_B.seq.gz")
table.sort_values("logit", ascending=False).head()

# %% [markdown]
# Which bases drive a prediction? The gradient of the log odds with respect to each base, (sequences, positions,
# bases):

# %%
saliency = demo.saliency(model.network, test.codes[:2], centred=True)
saliency.shape

# %% [markdown]
# ## What it learned
# A motif displays as a logo.

# %%
motifs = {motif.alt_name: motif for motif in demo.read_meme(run / "motifs" / "motifs.meme")}
motif = next(motif for name, motif in motifs.items() if name.endswith("headline motif"))
motif

# %%
print(motif.consensus, f"{motif.total_information:.1f} bits")
motif.ppm.round(2)

# %% [markdown]
# ## Is it a known motif?
# Tomtom against all vertebrate matrices of JASPAR 2016, and average motif affinity, which scores whole sequences with
# a motif.

# %%
matches = demo.tomtom([motif], core_motifs("2016"))
matches[["Target_ID", "p-value", "q-value", "Overlap", "Orientation"]].head()

# %%
affinity = demo.ama(motif, test.codes)
print(f"median affinity: bound {sorted(affinity[test.labels == 1])[250]:.3g}", end=", ")
print(f"shuffled {sorted(affinity[test.labels == 0])[250]:.3g}")

# %% [markdown]
# ## Share it
# Self-contained pages for a browser, without network or server.

# %%
index = write_report(study_of(RUNS), RUNS / "study" / "report")
print(f"open {index.resolve()}")
