"""Tables in: events, paths and spend, read and checked inside DuckDB."""
