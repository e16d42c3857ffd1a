"""Many models on many data sets (``python sweep.py``): what is run, in what order, by which processes, how far it is.

A command line makes a search (``search``), whose jobs (``jobs``) follow from each other by a plan (``plan``); they
are given to one of Hydra's launchers, some at once (``launching``), which run them in processes that are reused
(``workers``). ``sweep`` holds this together, ``progress`` shows it, and ``command`` reports at the end. The table of
the results is ``demo.study``.
"""
