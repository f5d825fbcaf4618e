"""The attribution models, one file per family. A new file joins by being here: see
`attribution.registry`."""
