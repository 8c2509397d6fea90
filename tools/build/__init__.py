"""What goes onto a board, built on the host: cross-compiled code, app bundles, file systems, partition tables, whole images."""
