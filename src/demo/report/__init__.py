"""A study as pages for a browser: one with every data set, and one for each; they work from a disk, without network.

``demo.report.write.write_report`` writes them. Nothing is imported here: ``python -m demo report --help`` is to
be quick.
"""
