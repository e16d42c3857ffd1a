# %% [markdown]
# # The paper's study
#
# Lanchantin et al. (2016) trained every network of their Table 1 on every K562 data set of DeepBind, chose one per
# data set by validation, and compared it with DeepBind. `deep-motif sweep` is that study:
#
# ```bash
# deep-motif fetch cell=K562    # DeepBind's data sets
# deep-motif sweep              # Table 1 on every data set in data/
# ```
#
# That is 108 data sets x 8 networks, a week on one core; [Large studies](../scale.md) has the arithmetic, and [On a
# cluster](cluster.md) says how to spread it. This page runs the same command on two data sets with two small networks
# and 100 steps: it shows what comes out, **not** what the method achieves. The data are DeepBind's if they are on
# this machine, and otherwise **simulated** from JASPAR's matrices: see `data_source` in the table.

# %% [markdown]
# ## Sweep
#
# Values with commas between them are tried in all combinations; whatever the command does not name keeps its default.

# %% language="bash"
# deep-motif sweep tf=ELK1,SRF model.conv_layers=2,3 paths.runs=study_runs \
#     trainer.steps=100 model.channels=24 motif.extraction.window.starts=6 motif.extraction.window.steps=80 \
#     motif.compare_with=[newest] logger=csv callbacks.progress_bar=null

# %% [markdown]
# The same command again repeats nothing that is finished, resumes what was interrupted and retries what failed.

# %% [markdown]
# ## The table
#
# One row per data set: the network that validation AUROC selected, its test AUROC with a 95 % bootstrap interval, and
# DeepBind's published AUC where there is one. `study.md` is the same as a page to read.

# %%
from pathlib import Path

import pandas as pd

study = Path("study_runs/study")
pd.read_csv(study / "study.csv").iloc[:, :12].T

# %% [markdown]
# Trial runs, of fewer than 1,200 steps, are marked as such and counted in no headline. With all steps there is
# also Fig. 2a of the paper, the difference from DeepBind's published AUC on each data set. This one is of the
# [13 sets with the default settings](../results.md):
#
# ![Difference of the test AUROC from DeepBind's published one on 13 data sets](../figure_2a.png)

# %% [markdown]
# `study_runs/study/report/index.html` has a page for every data set: its motif aligned with JASPAR's, Tomtom and AMA,
# ROC and training curves.

# %% [markdown]
# ## Next
#
# - [Select a model](../how-to/sweep.md): cheaper searches, ensembles, baselines in the same table.
# - [The results on 13 published data sets](../research/README.md), with everything that was tried.
