"""Report: words and pictures for founders."""
