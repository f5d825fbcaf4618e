"""Customers: metrics, RFM groups, lifetime value."""
