"""One file per family of platforms; each importer is a declaration."""
