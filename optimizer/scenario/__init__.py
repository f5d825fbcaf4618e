"""The scenario: the founder's YAML, frozen and checked."""
