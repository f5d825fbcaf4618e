"""The program's own goals, one theme a file. A new file here is found without a list."""
