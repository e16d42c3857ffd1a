"""Many runs as one study: the selected model of each data set against DeepBind, as a table and Fig. 2a of the paper."""
