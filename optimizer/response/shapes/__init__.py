"""The shapes a response curve may have: every module here joins `CURVES`, a family of curves per
file.
"""
