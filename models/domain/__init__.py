"""Values of the field, by aggregate. Pure: no database, broker, pixels or HTTP."""
