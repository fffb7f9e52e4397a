"""ptxl: budget performance targets (预算绩效目标) from template to county summary."""

__version__ = "0.1.0"
