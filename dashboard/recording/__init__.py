"""The recorder: what mats may not lose is committed, then acknowledged (docs/protocol.md)."""
