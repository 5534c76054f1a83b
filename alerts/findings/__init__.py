"""What a rule or a limit found becomes one alert: grouping, breaches, broken sensors, outages."""
