"""The house rules that no general linter knows: storeys, integers, ticks, sizes (`python -m tools.lint`)."""
