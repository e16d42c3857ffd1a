"""Labelled sequences of any alphabet and any number of classes.

Files (``files``, ``class_files``) are read as ``settings`` say, checked and split (``read``, ``splits``), and become
batches (``module``).
"""
