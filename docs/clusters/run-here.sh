#!/usr/bin/env bash
# Edits a clip in parts as processes of this machine, joins them, and removes the parts.
# Run again after something went wrong, it makes only the parts that are not there.
#
#   run-here.sh IN PROMPT OUT SHARDS [options of frameloom edit; --seed among them]
set -euo pipefail
input=$1 prompt=$2 output=$3 shards=$4
shift 4
parts=$output.parts
mkdir -p "$parts"

running=()
for ((shard = 1; shard <= shards; shard++)); do
  part=$parts/$shard.apng
  # A part is there complete or not at all.
  if [ -e "$part" ]; then continue; fi
  frameloom edit "$input" "$prompt" -o "$part" --shard "$shard/$shards" --quiet "$@" &
  running+=($!)
done
failed=0
for process in ${running[@]+"${running[@]}"}; do wait "$process" || failed=$((failed + 1)); done
if [ "$failed" -gt 0 ]; then
  echo "$failed of the parts could not be made; run this again to make them." >&2
  exit 1
fi
frameloom join -o "$output" --source "$input" "$parts"/*.apng
rm -r "$parts"
