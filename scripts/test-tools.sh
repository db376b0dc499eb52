#!/bin/sh
# The programs that the tests run for real and pip does not bring: a browser, a second broker, a proxy, certificates, checks of the unit.
set -eu
missing=
for pair in chromium:chromium mosquitto:mosquitto mosquitto_sub:mosquitto-clients openssl:openssl nginx:nginx-light systemd-analyze:systemd; do
    PATH="$PATH:/usr/sbin" command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0
as_root=
if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || { echo "reflexmat: some tests will be skipped; install first: apt install$missing" >&2; exit 0; }
    as_root=sudo
fi
command -v apt-get >/dev/null 2>&1 || { echo "reflexmat: some tests will be skipped; install:$missing" >&2; exit 0; }
echo "reflexmat: installing$missing" >&2
$as_root apt-get update -qq
# A policy that starts nothing: the tests start their own servers.
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing fonts-dejavu-core >/dev/null
