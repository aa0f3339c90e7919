"""The whole product on this machine, derived from template.yaml: `python -m local`."""
