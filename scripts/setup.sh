#!/usr/bin/env bash
# Makes .venv as settings.ini and constraints.txt describe it. Does nothing when it is already so.
set -euo pipefail
. "$(dirname "$0")/common.sh"

stamp=.venv/.sep_toolkit_stamp
want="$(hash_of settings.ini constraints.txt setup.py pyproject.toml scripts/setup.sh) $PWD"
if [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && "$VENV_PYTHON" -c 'import sep_toolkit' 2>/dev/null; then
  say "The environment in .venv is up to date"
  exit 0
fi

if ! "$VENV_PYTHON" -m pip --version >/dev/null 2>&1; then
  python=$(find_python)
  say "Making .venv with $("$python" -V) ($(command -v "$python"))"
  "$python" -m venv --clear .venv >/dev/null 2>&1 \
    || { apt_install python3-venv && "$python" -m venv --clear .venv; } \
    || die "$python cannot make a virtual environment. On Debian: apt-get install python3-venv"
fi
header=$("$VENV_PYTHON" -c 'import sysconfig; print(sysconfig.get_paths()["include"] + "/Python.h")')
{ command -v cc >/dev/null && [ -e "$header" ]; } || apt_install build-essential python3-dev \
  || say "No C compiler or no Python headers: PESQ is built from source and may be missing"

install() { "$VENV_PYTHON" -m pip install --disable-pip-version-check -qq -c constraints.txt "$@"; }
say "Installing sep_toolkit[dev,docs,onnx,eval,demucs] and the versions in constraints.txt (a few minutes the first time)"
started=$SECONDS
if ! install -e '.[dev,docs,onnx,eval,demucs]'; then
  say "That failed. Installing what [eval] and [demucs] bring one by one, so that only what cannot be built is missing"
  install -e '.[dev,docs,onnx]' || die "The packages could not be installed; the lines above say why. Is the package index reachable?"
  for package in $(setting eval_requirements) $(setting demucs_requirements); do
    install "$package" 2>/dev/null || say "Not installed: $package. What needs it says so"
  done
fi
echo "$want" >"$stamp"
say "The environment is ready after $((SECONDS - started)) s"
