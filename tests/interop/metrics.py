"""Reads OpenMetrics from a file with Prometheus' own parser and prints how many families there are."""
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

families = list(text_string_to_metric_families(open(sys.argv[1]).read()))
assert all(family.name.startswith("sentinel_") and family.documentation for family in families), families
print(len(families))
