#!/usr/bin/env bash
# Sets the environment up and opens JupyterLab on the tour. Arguments go to JupyterLab.
set -euo pipefail
. "$(dirname "$0")/common.sh"
bash scripts/setup.sh
root=()
[ "$(id -u)" != 0 ] || root=(--allow-root)
# No questions about news and no look for updates over the reader's first page; only in this .venv.
mkdir -p .venv/share/jupyter/lab/settings
echo '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}' \
  >.venv/share/jupyter/lab/settings/overrides.json
say "Opening JupyterLab on the tour; press Ctrl-C twice to leave"
exec "$VENV_PYTHON" -m jupyterlab "${root[@]}" --ServerApp.root_dir="$PWD" \
  --LabApp.default_url=/lab/tree/nbs/tutorials/00_tour.ipynb "$@"
