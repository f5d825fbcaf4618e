"""`mapping.yaml`: what a user has said of the files in a folder, so that nothing is asked twice."""
