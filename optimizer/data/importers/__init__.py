"""Importers: platform exports, one small declaration each."""
