#!/bin/sh
# Makes .venv and installs reflexmat with one extra into it: sh scripts/venv.sh demo|dev
set -eu
extra=$1
python=${PYTHON:-python3}

say() { echo "reflexmat: $*" >&2; }

command -v "$python" >/dev/null 2>&1 || { say "no $python here; install Python 3.11 or newer (Debian: apt install python3 python3-venv)"; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { say "$("$python" --version) is too old; 3.11 or newer is needed (choose one with make PYTHON=python3.12 $extra)"; exit 1; }
if [ ! -x .venv/bin/python ]; then
    "$python" -c 'import venv, ensurepip' 2>/dev/null || { say "$python cannot make virtual environments; install venv (Debian: apt install python3-venv)"; exit 1; }
    "$python" -m venv .venv
fi
# An environment that another copy of this folder made keeps its paths: make it anew.
.venv/bin/python -m pip --version >/dev/null 2>&1 || { say "the environment in .venv is broken; run: make clean"; exit 1; }
say "installing (about a minute the first time)"
log=.venv/install.log
.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$extra]" >"$log" 2>&1 \
    || { tail -n 3 "$log" >&2; say "installing failed; the whole text is in $log"; exit 1; }
touch ".venv/.$extra"
[ "$extra" = demo ] || touch .venv/.demo
