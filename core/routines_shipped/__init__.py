"""The routines that reflexmat ships, as TOML."""
