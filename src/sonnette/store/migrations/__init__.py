"""The schema's history, applied by :func:`sonnette.store.schema.upgrade`."""
