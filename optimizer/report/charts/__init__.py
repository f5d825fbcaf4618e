"""Charts: plain data in, a Vega-Lite specification (a plain dict) out, the same bytes every time.

`look` holds what all share; `plots` and `analyses` are what `.plot()` of a result draws.
"""
