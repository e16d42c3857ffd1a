"""DeepBind's ENCODE data sets, out of a zip archive in the network: those asked for only, in parts, checked.

The archive is read where it is (``remote_file``), as if it were on disk (``archive``).
"""
