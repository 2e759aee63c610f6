"""`python -m sep_toolkit.bench`: speed, memory and quality beside the usual alternatives."""
from .core import bench_command

raise SystemExit(bench_command())
