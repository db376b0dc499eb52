#!/bin/sh
# Makes a certificate authority of your own and a certificate of the broker that it signs:
#   sh certificates.sh FOLDER NAME...     each NAME a host name or an address by which the broker is reached
# Leaves ca.pem (give it to mats and dashboard), ca.key (keep it off the broker), broker.pem, broker.key.
# Run again to renew broker.pem: the authority that is there is used.
set -eu
[ $# -ge 2 ] || { echo "usage: sh certificates.sh FOLDER NAME..." >&2; exit 2; }
command -v openssl >/dev/null 2>&1 || { echo "certificates.sh: openssl is not installed; apt install openssl" >&2; exit 1; }
folder=$1
shift
CA_DAYS=3650
BROKER_DAYS=730
umask 077
mkdir -p "$folder"
cd "$folder"

names=
for name in "$@"; do
    case $name in
        *:*) kind=IP ;; # IPv6
        *[!0-9.]*) kind=DNS ;;
        *) kind=IP ;;
    esac
    names="$names${names:+,}$kind:$name"
done

quietly() {
    if ! said=$("$@" 2>&1); then
        echo "certificates.sh: $said" >&2
        exit 1
    fi
}

if [ ! -f ca.key ]; then
    quietly openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days $CA_DAYS \
        -subj "/CN=reflexmat authority" -addext "basicConstraints=critical,CA:TRUE,pathlen:0" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout ca.key -out ca.pem
fi
quietly openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -subj "/CN=$1" -keyout broker.key -out broker.csr
cat >broker.ext <<EXT
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=$names
EXT
quietly openssl x509 -req -in broker.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days $BROKER_DAYS -extfile broker.ext -out broker.pem
rm -f broker.csr broker.ext
chmod 644 ca.pem broker.pem
