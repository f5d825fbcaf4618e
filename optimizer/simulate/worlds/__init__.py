"""The simulated worlds: every module here joins `WORLDS`, a mechanism or a family of them per
file.
"""
