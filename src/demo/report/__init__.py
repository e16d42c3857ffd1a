"""A study as HTML pages: an index of all data sets and a page for each. They work offline.

``demo.report.write.write_report`` writes them. Nothing is imported here, to keep ``deep-motif report --help`` fast.
"""
