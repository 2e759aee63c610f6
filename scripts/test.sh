#!/usr/bin/env bash
# Sets everything up that the tests need, then runs them. Arguments go to pytest.
set -euo pipefail
. "$(dirname "$0")/common.sh"
bash scripts/setup.sh

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v fluidsynth >/dev/null || missing+=(fluidsynth)
[ -e /usr/share/sounds/sf2/FluidR3_GM.sf2 ] || missing+=(fluid-soundfont-gm)
command -v espeak-ng >/dev/null || missing+=(espeak-ng)
if [ ${#missing[@]} -gt 0 ] && ! apt_install "${missing[@]}"; then
  say "Not installed: ${missing[*]}. The tests that need them are skipped, and counted at the end."
  say "To run them too: apt-get install ${missing[*]}"
fi

if [ -f js/package-lock.json ]; then
  stamp=js/node_modules/.sep_toolkit_stamp
  want=$(hash_of js/package.json js/package-lock.json)
  if [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then
    say "The JavaScript tools are up to date"
  elif ! command -v npm >/dev/null; then
    say "npm is not installed: the tests of the JavaScript sources are skipped, and counted at the end"
  elif say "Installing the JavaScript tools" && (cd js && npm ci --silent --no-audit --no-fund </dev/null); then
    echo "$want" >"$stamp"
  else
    say "npm ci failed: the tests of the JavaScript sources are skipped, and counted at the end"
  fi
fi

# One process of tests for each core, at most four, and one thread of arithmetic in each: TEST_ARGS="-n 0" runs them in this process.
workers=$(nproc 2>/dev/null || sysctl -n hw.ncpu)
[ "$workers" -le 4 ] || workers=4
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
say "Running the tests in $workers processes${SEP_TOOLKIT_MIRROR:+, with the recordings in $SEP_TOOLKIT_MIRROR}"
exec "$VENV_PYTHON" -m pytest -n "$workers" --dist worksteal "$@" </dev/null
