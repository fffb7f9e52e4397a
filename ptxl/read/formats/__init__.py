"""What each file format says beyond its values: a second reader for each."""
