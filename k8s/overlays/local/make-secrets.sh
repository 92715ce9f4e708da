#!/bin/sh
# Writes stores.env, once: where the local stores are, and random keys for the object store.
set -eu
cd "$(dirname "$0")"
[ -e stores.env ] && exit 0
umask 077
random() { od -An -N20 -tx1 /dev/urandom | tr -d ' \n'; }
cat > stores.env.new <<END
eventstoredb-uri=esdb://kurrentdb:2113?Tls=false
mongodb-uri=mongodb://mongodb:27017/?replicaSet=rs0
s3-access-key=$(random)
s3-secret-key=$(random)
END
mv stores.env.new stores.env
