"""The scenario: the founder's YAML, frozen and checked."""

from optimizer.scenario.load import load_scenario, read_scenario
from optimizer.scenario.schema import Channel, Rule, Scenario

__all__ = ["Channel", "Rule", "Scenario", "load_scenario", "read_scenario"]
