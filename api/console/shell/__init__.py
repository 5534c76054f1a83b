"""What every page of the console shares: templates, navigation, times in words, charts."""
