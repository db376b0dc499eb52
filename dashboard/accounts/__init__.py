"""Who may do what, and how they are known (docs/accounts.md)."""
