# %% [markdown]
# # Variants
#
# Which changes of a base would strengthen or weaken binding? `deep-motif predict` scores the REF and the ALT allele
# of every variant in a VCF file:
#
# ```bash
# deep-motif predict run=runs/MYTF_user/conv3_hw5/seed0 input=variants.vcf genome=hg38.fa output=scores.tsv
# ```
#
# This page goes on in the folder of [Your own peaks](own_peaks.md), with its model and its small genome. That model
# was trained for seconds, on real or **simulated** sequences as that page says.

# %% [markdown]
# ## A VCF file
#
# Yours may come from a caller, dbSNP or a GWAS. To have something to look at, this cell writes every possible
# substitution of the strongest peak: saturation mutagenesis.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

chrom, start, end = "chr1", 100, 201
sequence = Path("genome.fa").read_text().splitlines()[1]
with open("variants.vcf", "w") as file:
    print("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO", file=file)
    for position in range(start, end):
        for base in sorted(set("ACGT") - {sequence[position]}):
            print(chrom, position + 1, ".", sequence[position], base, ".", ".", ".", sep="\t", file=file)

# %% [markdown]
# ## Scores

# %% language="bash"
# deep-motif predict run="$(echo runs/MYTF_user/*/seed0)" input=variants.vcf genome=genome.fa output=variants.tsv

# %%
scores = pd.read_csv("variants.tsv", sep="\t")
scores.sort_values("logit_difference").head()

# %% [markdown]
# `logit_difference` is ALT minus REF, with the variant at the centre of the window: below 0, the variant weakens
# binding. A difference of logits is a log odds ratio: -1 divides the odds of binding by e. `ref_matches` says whether
# REF is what the genome has there; check it, since a VCF for another assembly is easily taken.
#
# For several runs, `run='runs/MYTF_user/conv3_hw5/seed*'`, the scores are averaged, and a variant on which they agree
# deserves more trust.

# %%
fig, axis = plt.subplots(figsize=(9, 2.5))
axis.axhline(0, color="0.7", linewidth=0.8)
for base, group in scores.groupby("alt"):
    axis.plot(group["position"] - start, group["logit_difference"], ".", label=base)
axis.set(xlabel="position in the peak (bp)", ylabel="logit, ALT - REF")
axis.legend(title="ALT", ncol=4, frameon=False)
plt.show()

# %% [markdown]
# The positions at which nearly every substitution is below 0 are the site. The network was trained to tell peaks from
# shuffles, not alleles from each other: [measure it](../faq.md#can-i-trust-variant-scores) before you rely on it.
