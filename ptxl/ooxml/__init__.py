"""An xlsx as a package of parts: opened once, changed in single places, written back."""
