"""What runs a linear model: PuLP, HiGHS on arrays, and sifting for very wide ones."""
