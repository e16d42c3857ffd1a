"""What has nothing to do with DNA: errors, files, checks, configuration, hardware, W&B, compiled code."""
