"""Typed values ↔ JSON, and the JSON Schema that this JSON obeys."""
