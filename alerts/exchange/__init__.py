"""The exchange of the three national data sets (主体、干部、督导) as files, both ways."""
