"""DeepBind's ENCODE data sets from a zip archive on the web: only the requested ones, in parts, and checked.

The archive is read remotely (``remote_file``), as if it were on disk (``archive``).
"""
