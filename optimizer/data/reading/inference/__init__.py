"""What a column means, inferred from all its cells before any row is used.

A file has one writer, and a writer has one way to write numbers, days and totals. Each inference
says what it is made from (how many cells decide it); where two readings survive it is a question to
the user, never a guess.
"""
