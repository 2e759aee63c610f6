# Shared by the other scripts: where the project is, how it speaks, which Python it takes, how it gets Debian packages.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
VENV_PYTHON=.venv/bin/python

say() { printf '== %s\n' "$*"; }
die() { printf '!! %s\n' "$*" >&2; exit 1; }
hash_of() { { cat "$@" 2>/dev/null || true; } | sha256sum | cut -c1-16; }
setting() { sed -n "s/^$1 *= *//p" settings.ini | head -n 1; }

# The Python to build .venv with: $PYTHON if given, otherwise the first one that is new enough.
find_python() {
  local need; need=$(setting min_python)
  for candidate in ${PYTHON:-python3 python3.12 python3.11 python3.13}; do
    if "$candidate" -c "import sys; sys.exit(sys.version_info[:2] < tuple(map(int, '$need'.split('.'))))" 2>/dev/null; then
      echo "$candidate"; return
    fi
  done
  die "Python $need or newer is needed and ${PYTHON:-python3} is $("${PYTHON:-python3}" -V 2>&1 | tail -n 1)." \
      "Install one, or name it: make lab PYTHON=/path/to/python$need"
}

# Installs Debian packages where that can be done without asking for a password.
apt_install() {
  local sudo=()
  command -v apt-get >/dev/null || return 1
  if [ "$(id -u)" != 0 ]; then sudo -n true 2>/dev/null || return 1; sudo=(sudo -n); fi
  say "Installing Debian packages: $*"
  "${sudo[@]}" apt-get update -qq </dev/null >/dev/null || true
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}
