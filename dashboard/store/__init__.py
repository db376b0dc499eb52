"""The dashboard's store: rows behind one repository (docs/store.md)."""
