"""Turn findings of rules and limits into alerts: grouping, breaches, broken sensors, outages."""
