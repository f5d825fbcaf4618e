"""The program's own rules, one theme a file. A new file here is found without a list."""
