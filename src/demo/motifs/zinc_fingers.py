"""Related zinc fingers: the subfamilies of TFClass (Wingender et al., Nucleic Acids Res 46:D343, 2018).

JASPAR gives the families of TFClass, which for C2H2 zinc fingers only reflect the number of fingers: CTCF, YY1 and
ZBTB7A share a family but not a motif. The level below, the subfamily, groups relatives: CTCF and CTCFL.
"""

_SUBFAMILIES = (
    # 2.3.3, more than 3 adjacent fingers.
    {"GLI1", "GLI2", "GLI3", "GLIS1", "GLIS2", "GLIS3", "ZIC1", "ZIC2", "ZIC3", "ZIC4", "ZIC5"},
    {"SNAI1", "SNAI2", "SNAI3", "SCRT1", "SCRT2"},
    {"ZBTB7A", "ZBTB7B", "ZBTB7C"},
    {"YY1", "YY2", "ZFP42"},
    {"ZNF148", "ZNF281"},
    {"OVOL1", "OVOL2"},
    {"GFI1", "GFI1B"},
    {"BCL6", "BCL6B"},
    {"ZNF76", "ZNF143"},
    {"ZNF652", "ZBTB47"},
    {"ZNF362", "ZNF384"},
    {"ZXDA", "ZXDB", "ZXDC"},
    {"ZNF222", "ZNF223", "ZNF230", "ZNF155", "ZNF221", "ZNF224", "ZNF225", "ZNF284", "ZNF235", "ZNF45", "ZNF229",
     "ZNF227", "ZNF226", "ZNF234"},
    {"CTCF", "CTCFL"},
    {"ZNF146", "ZNF260"},
    # 2.3.4, several dispersed fingers.
    {"MAZ", "VEZF1", "PATZ1"},
)  # fmt: skip
"""Those with two factors in JASPAR 2026 that Tomtom finds similar (q < 0.05). The 18 others with two factors in JASPAR,
many of them KRAB zinc fingers, are left out: none has two similar matrices."""

SUBFAMILY = {symbol: frozenset(subfamily) for subfamily in _SUBFAMILIES for symbol in subfamily}
"""Symbol of a zinc finger, in upper case, to all factors of its subfamily, including itself."""
