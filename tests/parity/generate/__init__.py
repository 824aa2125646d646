"""What the parity fixtures hold: one module per file, and the JSON writer."""
