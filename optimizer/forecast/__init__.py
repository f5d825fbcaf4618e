"""Forecast: what a plan would bring, from stage populations run forward."""
