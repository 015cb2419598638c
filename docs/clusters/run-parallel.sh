#!/usr/bin/env bash
# The same by GNU parallel, on this machine or, with hosts, on others that see the same files.
# Parts that failed are tried three times; run again, it makes only those that are not there.
#
#   HOSTS=: JOBS=2 run-parallel.sh IN PROMPT OUT SHARDS [options of frameloom edit; --seed among them]
set -euo pipefail
input=$1 prompt=$2 output=$3 shards=$4
shift 4
parts=$output.parts
mkdir -p "$parts"

seq "$shards" | parallel --quote --jobs "${JOBS:-1}" --sshlogin "${HOSTS:-:}" --workdir . --retries 3 --joblog "$parts/log" --resume-failed \
  frameloom edit "$input" "$prompt" -o "$parts/{}.apng" --shard "{}/$shards" --quiet "$@"
frameloom join -o "$output" --source "$input" "$parts"/*.apng
rm -r "$parts"
