"""The data-life-cycle engine: each datum about a person is declared where it is stored."""
