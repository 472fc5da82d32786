"""What a client meets: paths, bodies, headers, problems and the pages; no network and no sound."""
