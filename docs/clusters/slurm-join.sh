#!/usr/bin/env bash
#SBATCH --job-name=frameloom-join
#SBATCH --output=%x-%j.log
# Joins the parts once all of them are made.
#
#   sbatch --dependency=afterok:JOB slurm-join.sh IN PARTS OUT
set -euo pipefail
input=$1 parts=$2 output=$3
exec frameloom join -o "$output" --source "$input" "$parts"/*.apng
