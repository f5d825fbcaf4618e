"""Attribution: what each channel contributed, model by model."""
