"""DeepBind's ENCODE data sets out of a zip archive on the web: only those asked for, in parts, and checked.

The archive is read where it is (``remote_file``), as if it were on disk (``archive``).
"""
