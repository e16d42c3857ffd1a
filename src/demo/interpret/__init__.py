"""What a network learned: motifs of its class, and attributions of sequences."""
