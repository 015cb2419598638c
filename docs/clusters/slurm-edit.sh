#!/usr/bin/env bash
#SBATCH --job-name=frameloom-edit
#SBATCH --output=%x-%A-%a.log
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
# One part of an edit, as a task of an array job.
#
#   sbatch --array=1-16 slurm-edit.sh IN PROMPT PARTS 16 [options of frameloom edit; --seed among them]
#
# A task that died is run again by its number: sbatch --array=3 slurm-edit.sh … with all else as before.
set -euo pipefail
input=$1 prompt=$2 parts=$3 shards=$4
shift 4
mkdir -p "$parts"
exec frameloom edit "$input" "$prompt" -o "$parts/$SLURM_ARRAY_TASK_ID.apng" --shard "$SLURM_ARRAY_TASK_ID/$shards" \
  --threads "${SLURM_CPUS_PER_TASK:-1}" --quiet "$@"
