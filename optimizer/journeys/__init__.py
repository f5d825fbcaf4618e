"""Journeys: stages, sufficient statistics, the journey graph."""
