"""What a client sees: paths, bodies, headers, problems and the pages; no networks and no sound."""
