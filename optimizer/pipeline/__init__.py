"""The pipeline: data -> journeys -> attribution -> response -> allocation -> report."""
