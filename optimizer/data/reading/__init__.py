"""How a table is read, whatever it is for: encodings, containers, headers, cells.

Imports, plans and attributions share it.
"""
