"""Training one run: setup, fit, classifier, callbacks, optimisers, hyperparameter search and baselines."""
