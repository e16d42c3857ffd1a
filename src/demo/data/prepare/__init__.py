"""A data set of a user's own peaks, cut and split as DeepBind did with ENCODE's (Alipanahi et al. 2015).

Peaks become sequences (``bound``), which are divided into a training and a test part (``split``) and given negatives
(``negatives``); two ``.seq.gz`` files and a note of what they were made of come out (``dataset``).
"""
