"""Figures of speed and memory: `make bench`. Budgets: DESIGN section 13."""
