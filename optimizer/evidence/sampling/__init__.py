"""The posterior of weekly totals: `priors`, `organic`, `media`, `chains` (state and densities),
`moves` (one sweep), `run` (draws and their convergence).
"""
