#!/bin/sh
# Writes a folder of secrets, once: passwords, keys and certificates of the stores, and for each service the settings with
# its own users. docker-compose.yml and the local overlay of Kubernetes use the same. It is never committed.
set -eu
folder=${1:?usage: make-secrets.sh FOLDER}
[ -e "$folder" ] && exit 0
umask 077
rm -rf "$folder.new"
mkdir -p "$folder.new"
cd "$folder.new"
random() { od -An -N20 -tx1 /dev/urandom | tr -d ' \n'; }

# An authority, whose key is thrown away, and the certificate of the event store.
cat > openssl.cnf <<END
[req]
prompt = no
distinguished_name = name
x509_extensions = authority
[name]
CN = California Gold
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[node]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:kurrentdb, DNS:localhost, IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -config openssl.cnf -keyout ca.key -out ca.crt 2> openssl.log
openssl req -new -newkey rsa:2048 -nodes -config openssl.cnf -subj /CN=eventstoredb-node -keyout kurrentdb.key -out kurrentdb.csr 2>> openssl.log
openssl x509 -req -sha256 -days 3650 -in kurrentdb.csr -CA ca.crt -CAkey ca.key -set_serial 2 \
    -extfile openssl.cnf -extensions node -out kurrentdb.crt 2>> openssl.log
rm ca.key kurrentdb.csr openssl.cnf openssl.log

events_of() { echo "CALIFORNIA_GOLD_EVENTSTOREDB_URI=esdb://$1:$2@kurrentdb:2113?tlsCaFile=/etc/california-gold/ca/ca.crt"; }
documents_of() { echo "CALIFORNIA_GOLD_MONGODB_URI=mongodb://$1:$2@mongodb:27017/?replicaSet=rs0"; }
keys_of() { echo "CALIFORNIA_GOLD_MONGODB_KEYS_URI=mongodb://$1:$2@mongodb:27017/?replicaSet=rs0"; }
topics_of() { printf 'CALIFORNIA_GOLD_KAFKA_USERNAME=%s\nCALIFORNIA_GOLD_KAFKA_PASSWORD=%s\n' "$1" "$2"; }
objects_of() { printf 'CALIFORNIA_GOLD_S3_ACCESS_KEY=%s\nCALIFORNIA_GOLD_S3_SECRET_KEY=%s\n' "$1" "$2"; }
kafka_users=
topics_user() { # USER FILE
    password=$(random)
    topics_of "$1" "$password" >> "$2"
    kafka_users="$kafka_users user_$1=\"$password\""
}

for service in identity storage jobs-command jobs-query analyzer notifier toolbox; do
    {
        events_of "$service" "$(random)"
        documents_of "$service" "$(random)"
        objects_of "$service" "$(random)"
    } > "$service.env"
    topics_user "$service" "$service.env"
done
for service in identity storage jobs-command jobs-query analyzer toolbox; do
    keys_of "$service-keys" "$(random)" >> "$service.env"
done
topics_user topics topics.env

# Who may do everything in a store, and the store's own settings.
events_password=$(random) documents_password=$(random) objects_password=$(random)
{
    events_of admin "$events_password"
    documents_of administrator "$documents_password"
    keys_of administrator "$documents_password"
    objects_of administrator "$objects_password"
} > administrator.env
topics_user administrator administrator.env
printf 'KURRENTDB_DEFAULT_ADMIN_PASSWORD=%s\nKURRENTDB_DEFAULT_OPS_PASSWORD=%s\n' "$events_password" "$(random)" > kurrentdb.env
printf 'MONGO_INITDB_ROOT_USERNAME=administrator\nMONGO_INITDB_ROOT_PASSWORD=%s\n' "$documents_password" > mongodb.env
printf 'MONGODB_REPLICA_SET_KEY=%s%s\n' "$(random)" "$(random)" >> mongodb.env
printf 'MINIO_ROOT_USER=administrator\nMINIO_ROOT_PASSWORD=%s\n' "$objects_password" > minio.env
login=org.apache.kafka.common.security.plain.PlainLoginModule
echo "KAFKA_LISTENER_NAME_CLIENT_PLAIN_SASL_JAAS_CONFIG=$login required$kafka_users;" > kafka.env

# The users of the containers read what is mounted there; on this machine nobody else gets into the folder.
chmod 644 ./*
cd - > /dev/null
mv "$folder.new" "$folder"
