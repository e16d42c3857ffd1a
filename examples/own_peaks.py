# %% [markdown]
# # Your own peaks
#
# From ChIP-seq peaks and a genome to a motif and a report, in four commands:
#
# ```bash
# pip install deep-motif
# deep-motif prepare peaks=peaks.narrowPeak genome=hg38.fa tf=MYTF
# deep-motif train tf=MYTF
# deep-motif report runs
# ```
#
# With the default settings `train` takes six to eight minutes on one core of a 2023 server CPU. This page runs the
# same commands on small files and for a few steps only, so its numbers are **not** what the method achieves.

# %% [markdown]
# ## Two files to try it on
#
# Skip this cell if you have peaks. A human genome has three gigabytes; here is a small one: bound sequences, with
# random DNA between them. The sequences are those of DeepBind's SRF data set if it is on this machine, and otherwise
# **simulated** from SRF's JASPAR matrix. The peaks get a name that no database knows, as yours might.

# %%
import json
import os
from pathlib import Path

import numpy as np

import demo
from demo.compare import core_motifs
from demo.data.simulate import simulated_dataset
from demo.sequences import decode

real = sorted(Path(os.environ.get("DEMO_DATA") or "data").glob("SRF_*_AC.seq.gz"))
sequences = demo.read_seq_gz(real[0] if real else simulated_dataset("SRF", "simulated").train_path)
bound = sequences.codes[sequences.labels == 1][:3000]
print(f"{len(bound)} sequences, {'REAL, from ' + real[0].name if real else 'SIMULATED'}")

random = np.random.default_rng(0)
with open("genome.fa", "w") as genome, open("peaks.narrowPeak", "w") as peaks:
    for number, part in enumerate(np.array_split(np.arange(len(bound)), 10), 1):
        bases = random.integers(4, size=(len(part), 301), dtype=np.uint8)
        bases[:, 100:201] = bound[part]
        (text,) = decode(bases.reshape(1, -1))
        print(f">chr{number}\n{text}", file=genome)
        for place, rank in enumerate(part):
            start = 301 * place + 70
            fields = [f"chr{number}", start, start + 160, f"peak{rank}", 0, ".", len(bound) - rank, -1, -1, 80]
            print(*fields, sep="\t", file=peaks)

# %% [markdown]
# ## Prepare
#
# Cuts 101 bp around every summit, ranks the peaks by signal, and writes a training and a test file. It says what it
# read and what it left out: check that it found the signal and the summits.

# %% language="bash"
# deep-motif prepare peaks=peaks.narrowPeak genome=genome.fa tf=MYTF

# %% [markdown]
# ## Train
#
# Trains the network, tests it on held-out peaks, extracts motifs and compares them with JASPAR. All settings but
# `tf=` are here only to keep this page fast.

# %% language="bash"
# deep-motif train tf=MYTF trainer.steps=400 model.channels=32 motif.extraction.window.starts=12 \
#     logger=csv callbacks.progress_bar=null

# %% [markdown]
# The strongest peaks are the test peaks, as in DeepBind, and they are easier to tell from their shuffles than the
# weaker ones that validation draws from. So the test AUROC is often the higher of the two.
#
# Everything is in one run directory, named after the data set, the model and whatever differs from the defaults:

# %%
(run,) = Path("runs/MYTF_user").glob("*/seed0")
print(*sorted(path.name for path in run.iterdir()), sep="\n")
result = json.loads((run / "result.json").read_text())
print(f"\ntest AUROC {result['test']['auroc']:.3f}")

# %% [markdown]
# ## The motif
#
# `motifs/` has it as a picture, and in MEME, JASPAR and TRANSFAC format. In a notebook, a motif displays as a logo:

# %%
motifs = {motif.name: motif for motif in demo.read_meme(run / "motifs" / "motifs.meme")}
motif = motifs.get("MYTF_headline_motif", motifs["MYTF_best_window"])
motif

# %% [markdown]
# JASPAR does not know MYTF, so Tomtom lists what the motif resembles, best first:

# %%
matches = demo.tomtom([motif], core_motifs("newest"))
matches[["Target_ID", "p-value", "q-value", "Overlap", "Orientation"]].head()

# %% [markdown]
# ## The report
#
# Pages for any browser that load nothing from the network: send the folder to a colleague.

# %% language="bash"
# deep-motif report runs

# %% [markdown]
# ## Next
#
# - Run it on your own files with the default settings: leave out everything behind `tf=MYTF`.
# - [Score variants](variants.md) with the model, or [any sequences, peaks and regions](../how-to/predict.md).
# - [All ways to make a data set](../how-to/prepare.md): held-out chromosomes, genomic negatives, FASTA.
# - [Which bases the network looks at](../how-to/visualize.md) in each sequence.
