#!/bin/sh
# Updates in the order of docs/operations.md: readers before writers, the analyzer last. The command that is given brings
# the new objects while every Deployment is paused; then one after the other replaces its pods.
#
#   k8s/update.sh kubectl apply -k k8s/overlays/production
#   k8s/update.sh helm upgrade california-gold k8s/helm/california-gold --namespace california-gold --values values.yaml
#
# --stop-writers, before the command: ends every old jobs-command before a new one starts, for a version whose events an
# older one cannot read. Commands are answered with 503 meanwhile. NAMESPACE: california-gold by default.
set -eu

namespace=${NAMESPACE:-california-gold}
ours=app.kubernetes.io/part-of=california-gold
readers="notifier jobs-query jobs-query-statistics jobs-query-workers"
writers="jobs-command-workers jobs-command"
last=analyzer

in_namespace() { kubectl --namespace "$namespace" "$@"; }
deployments() { in_namespace get deployments --selector "$ours" --output name | sed 's#.*/##'; }
set_paused() { in_namespace patch deployment "$1" --patch "{\"spec\":{\"paused\":$2}}"; }
finished() { in_namespace rollout status "deployment/$1" --timeout 15m; }
replace() { set_paused "$1" false; finished "$1"; }

replace_others() {
    for name in $(deployments); do
        case " $readers $writers $last " in *" $name "*) ;; *) replace "$name" ;; esac
    done
}

stop_writers() {
    counts=
    for name in $writers; do
        count=$(in_namespace get deployment "$name" --output 'jsonpath={.spec.replicas}')
        [ "$count" -gt 0 ] || count=1 # it was interrupted here; an autoscaler raises it again
        counts="$counts $name=$count"
        in_namespace scale deployment "$name" --replicas 0
    done
    until [ -z "$(in_namespace get pods --selector app.kubernetes.io/name=jobs-command --output name)" ]; do sleep 1; done
    for name in $writers; do set_paused "$name" false; done
    for each in $counts; do in_namespace scale deployment "${each%=*}" --replicas "${each#*=}"; done
}

apart=no
if [ "${1:-}" = --stop-writers ]; then apart=yes; shift; fi
[ $# -gt 0 ] || { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p;}' "$0" >&2; exit 2; }
trap '[ $? = 0 ] || echo "update: not finished; Deployments may be paused, until the same command runs again" >&2' EXIT

for name in $(deployments); do set_paused "$name" true; done
in_namespace delete job --selector "$ours" --ignore-not-found
"$@"
replace_others
for name in $readers; do replace "$name"; done
if [ $apart = yes ]; then stop_writers; fi
for name in $writers $last; do replace "$name"; done
