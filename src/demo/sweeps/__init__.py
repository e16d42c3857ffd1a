"""Many models on many data sets (``deep-motif sweep``): what runs, in which order and processes, and its progress.

A command line defines a search (``search``); a plan (``plan``) orders its jobs (``jobs``), which one of Hydra's
launchers runs in parallel (``launching``) in reused processes (``workers``). ``sweep`` ties this together, and
``progress`` shows it. ``demo.study`` tabulates the results.
"""
