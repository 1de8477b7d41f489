#!/bin/sh
# The entry of the container image. Without arguments it runs what is mounted at /compose; under an agent of Mesos it is
# an executor, as mesolet is everywhere.
[ $# -gt 0 ] || [ -n "${MESOS_EXECUTOR_ID:-}" ] || set -- compose-dir /compose
exec /usr/local/bin/mesolet "$@"
