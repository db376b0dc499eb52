#!/bin/sh
# For a Raspberry Pi, as root: sh scripts/install.sh install|uninstall [mat|dashboard], or sudo make install.
# The mat's daemon and the dashboard are installed apart, each with an environment, a user and a service of its own.
# DESTDIR=FOLDER puts everything below that folder instead, needs no root and leaves this machine alone.
# An update is another install: a new environment is made beside the one that runs, and takes its place only
# once it is whole and takes the configuration; if the service does not start with it, the old one comes back.
set -eu
umask 022

part=${2:-mat}
case $part in
    mat) NAME=reflexmat extra=pi module=pi config=mat.toml guide=operations.md ;;
    dashboard) NAME=reflexmat-dashboard extra=dashboard module=dashboard config=dashboard.toml guide=remote.md ;;
    *) echo "install.sh: no part $part; there are: mat, dashboard" >&2; exit 2 ;;
esac
source=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
root=${DESTDIR:-}
case $root in "" | /*) ;; *) root=$PWD/$root ;; esac
root=${root%/}

opt=$root/opt/$NAME
etc=$root/etc/$NAME
state=/var/lib/$NAME
doc=$root/usr/local/share/doc/$NAME
command=$root/usr/local/bin/$NAME
unit=$root/usr/local/lib/systemd/system/$NAME.service
sysusers=$root/usr/local/lib/sysusers.d/$NAME.conf
tmpfiles=$root/usr/local/lib/tmpfiles.d/$NAME.conf

say() { echo "$NAME: $*" >&2; }
die() { say "$*"; exit 1; }
# Whether there is a systemd here that is to be told; SYSTEMCTL=PROGRAM is asked in its place, also with DESTDIR.
managed() { [ -n "${SYSTEMCTL:-}" ] || { [ -z "$root" ] && [ -d /run/systemd/system ]; }; }
control() { "${SYSTEMCTL:-systemctl}" --quiet "$@"; }

check() {
    [ -n "$root" ] || [ "$(id -u)" = 0 ] || die "only root may do this; run: sudo make $1"
    [ "$1" = install ] || return 0
    command -v "$python" >/dev/null 2>&1 || die "no $python here; apt install python3 python3-venv"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "$("$python" --version) is too old; 3.11 or newer is needed"
    "$python" -c 'import venv, ensurepip' 2>/dev/null || die "$python cannot make virtual environments; apt install python3-venv"
}

# An environment with this source in it, in $fresh; nothing that is in use is touched.
build() {
    mkdir -p "$opt"
    fresh=$(mktemp -d "$opt/release-XXXXXX")
    copy=$(mktemp -d)
    trap 'rm -rf "$fresh" "$copy"' EXIT
    chmod 755 "$fresh"
    say "installing (some minutes on a small Pi)"
    "$python" -m venv "$fresh"
    # From a copy: building leaves files behind, and the clone is not root's.
    (cd "$source" && cp -R core drivers pi dashboard pyproject.toml constraints.txt README.md LICENSE "$copy")
    log=$copy/log
    "$fresh/bin/python" -m pip install --quiet --disable-pip-version-check -c "$copy/constraints.txt" "$copy[$extra]" >"$log" 2>&1 \
        || { tail -n 3 "$log" >&2; die "installing failed; what ran before is untouched"; }
    (cd / && "$fresh/bin/python" -m $module --help) >/dev/null || die "what was installed does not run; what ran before is untouched"
    release=$(basename "$fresh")
    [ -z "$root" ] || move_paths
}

# Programs name their interpreter by the path that it will have.
move_paths() {
    pattern=$(printf %s "$root" | sed 's/[][\\.*^$|]/\\&/g')
    for file in "$fresh"/bin/*; do
        if [ -f "$file" ] && [ ! -L "$file" ]; then
            sed -i "s|$pattern/opt/|/opt/|g" "$file"
        fi
    done
}

check_config() {
    [ -f "$etc/$config" ] || return 0
    said=$("$fresh/bin/python" -I -c "import pathlib, sys; from $module.config import load_config; load_config(pathlib.Path(sys.argv[1]))" "$etc/$config" 2>&1) \
        || die "$(printf '%s\n' "$said" | tail -n 1 | sed 's/^[A-Za-z.]*Error: //'); nothing was changed"
}

put_files() {
    install -D -m 644 "$source/systemd/$NAME.service" "$unit"
    install -D -m 644 "$source/systemd/$NAME.sysusers" "$sysusers"
    install -D -m 644 "$source/systemd/$NAME.tmpfiles" "$tmpfiles"
    for file in "$source"/docs/*.md "$source/deploy/pi/$config" "$source/CHANGELOG.md" "$source/LICENSE"; do
        install -D -m 644 "$file" "$doc/$(basename "$file")"
    done
    mkdir -p "$etc" "$(dirname "$command")"
    [ -e "$etc/$config" ] || install -m 640 "$source/deploy/pi/$config" "$etc/$config"
    [ -e "$etc/broker-password" ] || install -m 600 /dev/null "$etc/broker-password"
    ln -sfn "/opt/$NAME/current/bin/$NAME" "$command"
}

switch_to() {
    ln -sfn "$1" "$opt/.current"
    mv -T "$opt/.current" "$opt/current"
}

drop_old() {
    for folder in "$opt"/release-*; do
        case $(basename "$folder") in "$release" | "$previous") ;; *) rm -rf "$folder" ;; esac
    done
}

tell_systemd() {
    if [ -z "$root" ]; then
        systemd-sysusers "$sysusers"
        systemd-tmpfiles --create "$tmpfiles"
    fi
    control daemon-reload
    control enable $NAME
}

restart() {
    control is-active $NAME || return 0
    control restart $NAME && return 0
    [ -n "$previous" ] || die "the service does not start; see: journalctl -u $NAME"
    switch_to "$previous"
    control restart $NAME || true
    die "the service does not start with the new version (journalctl -u $NAME); the one before is back"
}

install_all() {
    check install
    previous=$(readlink "$opt/current" || true)
    build
    check_config
    put_files
    switch_to "$release"
    trap 'rm -rf "$copy"' EXIT
    if managed; then
        tell_systemd
        restart
    fi
    drop_old
    say "installed; settings in /etc/$NAME/$config, state in $state; next: docs/$guide"
}

uninstall_all() {
    check uninstall
    if managed; then
        control disable --now $NAME 2>/dev/null || true
    fi
    rm -rf "$opt" "$doc"
    rm -f "$unit" "$sysusers" "$tmpfiles" "$command"
    if managed; then
        control daemon-reload
    fi
    say "removed; kept: settings in $etc, what it keeps in $root$state (remove them yourself: rm -r)"
}

case ${1:-} in
    install) install_all ;;
    uninstall) uninstall_all ;;
    *) echo "usage: sh scripts/install.sh install|uninstall [mat|dashboard]" >&2; exit 2 ;;
esac
