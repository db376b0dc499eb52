"""The layouts that reflexmat ships, as TOML."""
