"""A data set from a user's peaks, cut and split as DeepBind did with ENCODE's (Alipanahi et al. 2015).

Peaks become sequences, which are split into training and test parts (``bound``) and get negatives (``negatives``). The
result is two ``.seq.gz`` files and a note that records how they were made (``dataset``).
"""
