"""One small file for each thing that can be added to `optimizer`."""
