"""Kinds of fields, and target values: what was typed → a typed value, or why it is none."""
