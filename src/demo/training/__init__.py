"""One run: its setup, fit, classifier, callbacks, optimisers, hyperparameter search and baselines."""
