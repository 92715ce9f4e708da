#!/bin/sh
# Writes .env beside docker-compose.yml, once: random keys for the object store. It is never committed.
set -eu
cd "$(dirname "$0")/.."
[ -e .env ] && exit 0
umask 077
random() { od -An -N20 -tx1 /dev/urandom | tr -d ' \n'; }
cat > .env.new <<END
S3_ACCESS_KEY=$(random)
S3_SECRET_KEY=$(random)
END
mv .env.new .env
